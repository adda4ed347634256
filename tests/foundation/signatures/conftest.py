"""A test authority over real HTTP, a printed document, and signers enrolled for it."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import weasyprint
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import translation

from langbiang.foundation.signatures import keys
from langbiang.foundation.signatures.validation import Anchor, TrustStore
from simulators.trust_services import TrustServer

_codes = itertools.count(1)
AGENCY = "Ủy ban nhân dân xã Lạc Dương"
PAGE = """
<html lang="vi"><style>@page { size: A4; margin: 2cm } body { font-family: "DejaVu Sans" }</style>
<h1>Quyết định</h1><p>Về việc công nhận kết quả giải quyết thủ tục hành chính.</p>
<div id="signature" style="margin: 2cm 0 0 8cm; height: 3cm"></div><p>Nơi nhận: như Điều 2.</p></html>
"""


@pytest.fixture(autouse=True)
def _english():
    """Refusals are matched in English, whatever the language of the installation."""
    with translation.override("en"):
        yield


def _csr(key, name: str, agency: str = AGENCY, **more: str) -> bytes:
    """A certificate request in PEM."""
    parts = [(NameOID.COUNTRY_NAME, "VN"), (NameOID.ORGANIZATION_NAME, agency), (NameOID.COMMON_NAME, name)]
    if "title" in more:
        parts.append((NameOID.TITLE, more["title"]))
    if "email" in more:
        parts.append((NameOID.EMAIL_ADDRESS, more["email"]))
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="session")
def csr() -> Callable[..., bytes]:
    return _csr


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Iterator[TrustServer]:
    with TrustServer(tmp_path_factory.mktemp("trust")) as server:
        yield server


@pytest.fixture(scope="session")
def root(authority) -> keys.Certificate:
    return keys.certificates_from(authority.authority.root.public_bytes(serialization.Encoding.PEM))[0]


@pytest.fixture
def trust(root) -> TrustStore:
    return TrustStore((Anchor(root, name="Test root", is_test=True),))


@pytest.fixture
def lists(authority) -> Callable[[], tuple[bytes, ...]]:
    """The revocation lists as published at the moment of calling."""
    return lambda: (authority.authority.crl("root"), authority.authority.crl("issuing"))


@pytest.fixture(scope="session")
def enrol(authority) -> Callable[..., keys.Pkcs12Key]:
    def make(name: str = "Nguyễn Văn Kỳ", agency: str = AGENCY, *, not_before=None, not_after=None, **more: str):
        private = ec.generate_private_key(ec.SECP256R1())
        certificate = authority.authority.enrol(
            _csr(private, name, agency, **more), not_before=not_before, not_after=not_after
        )
        return keys.Pkcs12Key(keys.pack(private, certificate, [authority.authority.issuing], "secret"), "secret")

    return make


@pytest.fixture(scope="session")
def signer(enrol) -> keys.Pkcs12Key:
    return enrol(title="Chủ tịch", email="nvky@lamdong.example.vn")


@pytest.fixture(scope="session")
def seal(enrol) -> keys.Pkcs12Key:
    return enrol(AGENCY)


@pytest.fixture(scope="session")
def document() -> bytes:
    """A PDF/A-2b as the platform prints it."""
    return weasyprint.HTML(string=PAGE).write_pdf(pdf_variant="pdf/a-2b")


@pytest.fixture
def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def soon(now) -> dt.datetime:
    """A moment after everything a test signs."""
    return now + dt.timedelta(minutes=5)


@pytest.fixture(scope="session")
def stamp_image() -> bytes:
    """A round red seal with transparent ground, as PNG."""
    import io

    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (240, 240), (0, 0, 0, 0))
    drawing = ImageDraw.Draw(picture)
    drawing.ellipse((8, 8, 232, 232), outline=(190, 20, 30, 255), width=8)
    drawing.ellipse((40, 40, 200, 200), outline=(190, 20, 30, 200), width=3)
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("signed")


@pytest.fixture
def make_posts(db):
    """Agencies, each with the position of its head."""
    from langbiang.foundation.organizations import queries
    from langbiang.foundation.organizations.models import Agency, Position

    def make(count: int):
        begun = dt.date(2025, 7, 1)
        agencies = [
            Agency.objects.create(
                code=f"S{next(_codes):05d}", name=f"{AGENCY} {n}", kind=Agency.Kind.COMMUNE, valid_from=begun
            )
            for n in range(count)
        ]
        for agency in agencies:
            agency.path = f"{agency.pk}."
            agency.save()
        queries.forget()
        return [(a, Position.objects.create(title="Chủ tịch", agency=a, valid_from=begun)) for a in agencies]

    return make


@pytest.fixture
def post(make_posts):
    """An agency and the position of its head."""
    return make_posts(1)[0]
