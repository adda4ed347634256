"""Keys on a PKCS#11 token or HSM: the private key never leaves it; we send what is to be signed."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _
from pyhanko.sign.signers.pdf_cms import Signer

from .base import Certificate, Finding, KeySource, KeyUnavailable, SigningKey, certificates_from

_WAY_OUT = _("Plug the token in, check the PIN in the settings, then use “Check my set-up”.")
# A PKCS#11 session must not be used by two threads at once, and many modules do not even like two sessions.
_one_at_a_time = threading.Lock()


class Pkcs11Key(SigningKey):
    """A key addressed by its id on one token. Labels are not used: some tokens give every key the same."""

    def __init__(
        self,
        *,
        module: str,
        token: str,
        pin: str,
        key_id: bytes,
        certificate: Certificate,
        chain: tuple[Certificate, ...],
    ) -> None:
        self.module, self.token, self._pin, self.key_id = module, token, pin, key_id
        self.certificate, self.chain = certificate, chain

    @contextmanager
    def signer(self) -> Iterator[Signer]:
        import pkcs11
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

        with _one_at_a_time:
            try:
                session = open_pkcs11_session(
                    self.module, token_criteria=TokenCriteria(label=self.token), user_pin=self._pin
                )
            except (pkcs11.PKCS11Error, OSError, RuntimeError) as error:
                raise KeyUnavailable(
                    _("The token “%(token)s” does not answer or refuses the PIN.") % {"token": self.token},
                    way_out=_WAY_OUT,
                ) from error
            try:
                yield PKCS11Signer(
                    session,
                    signing_cert=self.certificate,
                    ca_chain=self.chain,
                    key_id=self.key_id,
                    # SoftHSM and several tokens know ECDSA only without hashing.
                    use_raw_mechanism=self.certificate.public_key.algorithm == "ec",
                )
            except pkcs11.PKCS11Error as error:
                raise KeyUnavailable(
                    _("The token “%(token)s” did not sign.") % {"token": self.token}, way_out=_WAY_OUT
                ) from error
            finally:
                session.close()


class Pkcs11Source(KeySource):
    """Tokens reachable through one PKCS#11 module (the driver file of the token's maker)."""

    kind = "pkcs11"
    title = _("Token or HSM (PKCS#11)")

    def __init__(self, module: str, pins: Mapping[str, str]) -> None:
        self.module = module
        self._pins = dict(pins)

    def open(self, reference: Mapping[str, str]) -> SigningKey:
        token = reference.get("token", "")
        if not self.module:
            raise KeyUnavailable(
                _("This installation has no driver for tokens."), way_out=_("Set LANGBIANG_PKCS11_MODULE.")
            )
        if token not in self._pins:
            raise KeyUnavailable(
                _("There is no PIN for the token “%(token)s”.") % {"token": token},
                way_out=_("Add it to LANGBIANG_PKCS11_PINS."),
            )
        own, *chain = certificates_from(reference["certificate"])
        return Pkcs11Key(
            module=self.module,
            token=token,
            pin=self._pins[token],
            key_id=bytes.fromhex(reference["key_id"]),
            certificate=own,
            chain=tuple(chain),
        )

    def check_config(self) -> Iterator[Finding]:
        if not self.module:
            yield Finding(
                "ok",
                _("No token driver is set; keys on tokens cannot be used."),
                _("Set LANGBIANG_PKCS11_MODULE."),
            )
            return
        if not os.path.exists(self.module):
            yield Finding(
                "error",
                _("The token driver %(path)s does not exist.") % {"path": self.module},
                _("Install the driver of the token's maker and set LANGBIANG_PKCS11_MODULE to its file."),
            )
            return
        import pkcs11

        try:
            present = {str(token.label).strip() for token in pkcs11.lib(self.module).get_tokens()}
        except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
            yield Finding(
                "error", _("The token driver does not work: %(why)s") % {"why": error or type(error).__name__}
            )
            return
        for token in sorted(self._pins):
            if token in present:
                yield Finding("ok", _("The token “%(token)s” is there.") % {"token": token})
            else:
                yield Finding(
                    "error",
                    _("The token “%(token)s” is not plugged in.") % {"token": token},
                    _("Plug the token in."),
                )
        for token in sorted(present - self._pins.keys()):
            yield Finding(
                "warning",
                _("A token “%(token)s” is plugged in, but there is no PIN for it.") % {"token": token},
                _("Add it to LANGBIANG_PKCS11_PINS."),
            )
