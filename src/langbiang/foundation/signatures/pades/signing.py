"""Signing a PDF as PAdES. Reaches the level asked for, or says honestly which one was reached and why."""

import asyncio
import hashlib
import io
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, VisibleSigSettings, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko_certvalidator import ValidationContext, errors

from langbiang.foundation.access.errors import Refusal

from ..keys import SigningKey
from . import network
from .anchors import find_anchor
from .appearance import Appearance, BlockStyle, UnusableImage

if TYPE_CHECKING:
    from ..validation.trust import TrustStore

MAX_PDF_BYTES = 64 * 1024 * 1024
T = TypeVar("T")


class NotSignable(Refusal):
    """This file cannot be signed: not a PDF, encrypted, damaged, or too large."""


class SignerNotValid(Refusal):
    """The signer's certificate is expired, revoked, or not trusted here; nothing was signed."""


class LevelNotReached(Refusal):
    """The signature would lack what this installation insists on (time stamp, revocation data); nothing was
    signed."""


class Level(StrEnum):
    """Baseline levels of ETSI EN 319 142-1, each holding all of the one before."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    @property
    def rank(self) -> int:
        """0 for B-B up to 3 for B-LTA."""
        return list(Level).index(self)


class Shortfall(StrEnum):
    """Why a lower level than the wanted one was reached."""

    NO_TIMESTAMP_AUTHORITY = "no_timestamp_authority"
    TIMESTAMP_UNREACHABLE = "timestamp_unreachable"
    TIMESTAMP_UNTRUSTED = "timestamp_untrusted"
    REVOCATION_UNREACHABLE = "revocation_unreachable"
    NO_TRUST_ANCHOR = "no_trust_anchor"


@dataclass(frozen=True)
class SignedPdf:
    """The signed file and what was really achieved."""

    content: bytes
    sha256: str
    level: Level
    shortfalls: tuple[Shortfall, ...]
    field_name: str


class _TimestampUntrusted(Exception):
    pass


class _Signer(PdfSigner):
    """PdfSigner with the time of signing given from outside."""

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at = at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> PdfSigningSession:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._at
        return session


class _ArchivalWriter(IncrementalPdfFileWriter):
    """Leaves alone what PDF/A fixes: the version (a P-256 key would raise it to 2.0), extensions and
    metadata."""

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        super().ensure_output_version(min(version, (1, 7)))  # type: ignore[no-untyped-call]  # no types in pyHanko

    def register_extension(self, ext: DeveloperExtension) -> None:
        if ext.prefix_name != "/ISO_":
            super().register_extension(ext)

    def _update_meta(self) -> None:
        return


def sign_pdf(
    pdf: bytes,
    key: SigningKey,
    *,
    reason: str,
    location: str,
    at: datetime,
    appearance: Appearance | None = None,
    timestamp_url: str | None = None,
    trust: "TrustStore | None" = None,
    level: Level = Level.B_LT,
    at_least: Level = Level.B_B,
    contact: str = "",
) -> SignedPdf:
    """Add a signature to a PDF as an incremental update; what was there stays byte for byte.

    `at` is the claimed time; with a `timestamp_url` an authority proves it. `trust` holds the anchors the
    signer's and the authority's chains must reach before their revocation data is embedded (B-LT). Raises
    NotSignable, SignerNotValid, LevelNotReached, keys.KeyUnavailable. Legal source: Decree 30/2020/ND-CP
    Appendix I (what is shown); ETSI EN 319 142-1 (levels).
    """
    _check_certificate_dates(key, at)
    shortfalls: list[Shortfall] = []
    wanted = _attainable(level, timestamp_url, trust, shortfalls)
    while True:
        if wanted.rank < at_least.rank:
            raise _not_reached(wanted, at_least, shortfalls)
        try:
            content, field = _attempt(pdf, key, reason, location, at, appearance, timestamp_url, trust, wanted, contact)
            break
        except TimestampRequestError:
            shortfalls.append(Shortfall.TIMESTAMP_UNREACHABLE)
            wanted = Level.B_B
        except _TimestampUntrusted:
            shortfalls.append(Shortfall.TIMESTAMP_UNTRUSTED)
            wanted = Level.B_T
        except errors.InsufficientRevinfoError:
            shortfalls.append(Shortfall.REVOCATION_UNREACHABLE)
            wanted = Level.B_T
    return SignedPdf(content, hashlib.sha256(content).hexdigest(), wanted, tuple(shortfalls), field)


def _attainable(
    level: Level, timestamp_url: str | None, trust: "TrustStore | None", shortfalls: list[Shortfall]
) -> Level:
    if level is not Level.B_B and not timestamp_url:
        shortfalls.append(Shortfall.NO_TIMESTAMP_AUTHORITY)
        return Level.B_B
    if level.rank >= Level.B_LT.rank and not (trust and trust.anchors):
        shortfalls.append(Shortfall.NO_TRUST_ANCHOR)
        return Level.B_T
    return level


def _not_reached(reached: Level, at_least: Level, shortfalls: list[Shortfall]) -> LevelNotReached:
    why = {
        Shortfall.NO_TIMESTAMP_AUTHORITY: _("No time-stamping authority is set up."),
        Shortfall.TIMESTAMP_UNREACHABLE: _("The time-stamping authority does not answer."),
        Shortfall.TIMESTAMP_UNTRUSTED: _("The time-stamping authority is not among the trusted ones."),
        Shortfall.REVOCATION_UNREACHABLE: _(
            "The certification authority does not say whether the certificate is still valid."
        ),
        Shortfall.NO_TRUST_ANCHOR: _("No trusted certification authority is set up."),
    }
    reasons = " ".join(str(why[s]) for s in shortfalls)
    return LevelNotReached(
        _("The document was not signed: level %(wanted)s is required, only %(reached)s could be reached. %(reasons)s")
        % {"wanted": at_least.value, "reached": reached.value, "reasons": reasons},
        way_out=_("Try again in a few minutes. If it stays so, tell the administrator."),
    )


def _check_certificate_dates(key: SigningKey, at: datetime) -> None:
    start, end = key.certificate.not_valid_before, key.certificate.not_valid_after
    if not start <= at <= end:
        raise SignerNotValid(
            _("The signing certificate is valid from %(start)s to %(end)s only.")
            % {"start": start.strftime("%d/%m/%Y"), "end": end.strftime("%d/%m/%Y")},
            way_out=_("Have the certificate renewed, then enrol the new one."),
        )


def _attempt(
    pdf: bytes,
    key: SigningKey,
    reason: str,
    location: str,
    at: datetime,
    appearance: Appearance | None,
    timestamp_url: str | None,
    trust: "TrustStore | None",
    level: Level,
    contact: str,
) -> tuple[bytes, str]:
    writer = _opened(pdf)
    with _writable(), key.signer() as signer:
        field = _free_field_name(writer)
        embed = level.rank >= Level.B_LT.rank
        context = _signing_context(trust, key) if embed and trust else None
        pdf_signer = _Signer(
            PdfSignatureMetadata(
                field_name=field,
                md_algorithm="sha256",
                reason=reason or None,
                location=location or None,
                contact_info=contact or None,
                name=key.certificate.subject.native.get("common_name"),
                subfilter=SigSeedSubFilter.PADES,
                embed_validation_info=embed,
                validation_context=context,
                use_pades_lta=level is Level.B_LTA,
            ),
            signer,
            timestamper=network.timestamper(timestamp_url) if timestamp_url and level is not Level.B_B else None,
            stamp_style=BlockStyle(appearance) if appearance else None,
            new_field_spec=_field(field, appearance, writer),
            at=at,
        )
        output = io.BytesIO()
        with _plain_reasons():
            run(lambda: pdf_signer.async_sign_pdf(writer, output=output))
        return output.getvalue(), field


def _opened(pdf: bytes) -> _ArchivalWriter:
    if len(pdf) > MAX_PDF_BYTES:
        raise NotSignable(
            _("The file is larger than %(size)d MB.") % {"size": MAX_PDF_BYTES // 2**20},
            way_out=_("Split it, or reduce its pictures."),
        )
    try:
        writer = _ArchivalWriter(io.BytesIO(pdf), strict=False)
        if writer.security_handler is not None:
            raise NotSignable(_("The file is protected by a password."), way_out=_("Save it without protection first."))
        # Touch what signing needs, so that a damaged file fails here.
        writer.find_page_for_modification(-1)  # type: ignore[no-untyped-call]  # no types in pyHanko
        list(enumerate_sig_fields(writer.prev))
    except NotSignable:
        raise
    except Exception as error:
        raise _damaged() from error
    return writer


def _damaged() -> NotSignable:
    return NotSignable(
        _("The file is not a PDF that can be signed: it is damaged or of another kind."),
        way_out=_("Print it to PDF again and retry."),
    )


@contextmanager
def _writable() -> Iterator[None]:
    try:
        yield
    except UnusableImage as error:
        raise NotSignable(
            _("The picture of the signature or seal cannot be used."), way_out=_("Register it again as a PNG file.")
        ) from error
    except (PdfError, RecursionError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        # pyHanko trips over damaged files in many ways while it copies their structure.
        raise _damaged() from error


@contextmanager
def _plain_reasons() -> Iterator[None]:
    """Sort pyHanko's failures before signing into: refuse, or go on at a lower level."""
    try:
        yield
    except (SigningError, errors.PathError, errors.ValidationError) as error:
        chain = list(_causes(error))
        for cause in chain:
            if isinstance(cause, TimestampRequestError):
                raise cause from error
            if isinstance(cause, errors.RevokedError):
                raise SignerNotValid(
                    _("The signing certificate has been revoked."), way_out=_("Enrol a new certificate.")
                ) from error
            if isinstance(cause, (errors.ExpiredError, errors.NotYetValidError)):
                raise SignerNotValid(
                    _("The signing certificate, or one above it, is not valid today."),
                    way_out=_("Have the certificate renewed, then enrol the new one."),
                ) from error
            if isinstance(cause, errors.InsufficientRevinfoError):
                raise cause from error
        if isinstance(error, SigningError) and not isinstance(
            error.__cause__, (errors.PathError, errors.ValidationError)
        ):
            raise NotSignable(
                _("The document does not allow a further signature."),
                way_out=_("Sign the original document instead."),
            ) from error
        if not isinstance(error, SigningError):
            # Raised bare, it concerns the time-stamping authority: the signer's own failures come wrapped.
            raise _TimestampUntrusted from error
        raise SignerNotValid(
            _("The signing certificate does not lead to a certification authority that is trusted here."),
            way_out=_("Ask the administrator to add that authority to the trust anchors."),
        ) from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _signing_context(trust: "TrustStore", key: SigningKey) -> ValidationContext:
    return ValidationContext(
        trust_roots=[anchor.certificate for anchor in trust.anchors],
        other_certs=list(key.chain),
        allow_fetching=True,
        # Soft-fail would embed incomplete data without a word.
        revocation_mode="hard-fail",
        fetchers=network.SigningFetchers().get_fetchers(),
    )


def _free_field_name(writer: IncrementalPdfFileWriter) -> str:
    taken = {name for name, _value, _ref in enumerate_sig_fields(writer.prev)}
    number = len(taken) + 1
    while f"Signature{number}" in taken:
        number += 1
    return f"Signature{number}"


def _field(name: str, appearance: Appearance | None, writer: IncrementalPdfFileWriter) -> SigFieldSpec:
    if appearance is None:
        return SigFieldSpec(name)
    page, box = appearance.page, appearance.box
    if appearance.anchor:
        page, left, top = find_anchor(writer.prev, appearance.anchor)
        width, height = box[2] - box[0], box[3] - box[1]
        box = (left, top - height, left + width, top)
    return SigFieldSpec(
        name,
        on_page=page,
        box=tuple(round(v, 2) for v in box),  # type: ignore[arg-type]  # four numbers
        visible_sig_settings=VisibleSigSettings(rotate_with_page=True, scale_with_page_zoom=True, print_signature=True),
    )


def run(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end from synchronous code, also where this thread already runs an event loop."""
    if not _loop_runs_here():
        return asyncio.run(make())
    outcome: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(asyncio.run(make()))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def _loop_runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
