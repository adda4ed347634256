import datetime as dt
import os
import shutil
import stat
import subprocess
import uuid
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from langbiang.foundation.signatures import keys
from langbiang.foundation.signatures.pades import Level, sign_pdf
from langbiang.foundation.signatures.validation import State, validate_pdf

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


@pytest.fixture
def source(tmp_path) -> keys.Pkcs12Source:
    return keys.Pkcs12Source(tmp_path / "keys", "a secret of the installation")


@pytest.fixture
def enrolled(authority, csr):
    private = ec.generate_private_key(ec.SECP256R1())
    return private, authority.authority.enrol(csr(private, "Nguyễn Văn Kỳ")), [authority.authority.issuing]


def test_a_stored_key_signs(source, enrolled, document, authority, trust, now, soon):
    key = source.open(source.store(*enrolled))
    pdf = sign_pdf(
        document, key, reason="", location="", at=now, timestamp_url=authority.timestamp_url, trust=trust
    ).content
    assert validate_pdf(pdf, trust, soon).state is State.GENUINE


def test_a_key_file_is_encrypted_and_private_to_its_user(source, enrolled):
    reference = source.store(*enrolled)
    path = source.folder / reference["file"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(source.folder.stat().st_mode) == 0o700
    with pytest.raises(ValueError):
        pkcs12.load_key_and_certificates(path.read_bytes(), None)


def test_each_key_file_has_its_own_password(source, enrolled):
    first, second = source.store(*enrolled), source.store(*enrolled)
    (source.folder / first["file"]).replace(source.folder / second["file"])
    with pytest.raises(keys.KeyUnavailable, match="password does not fit"):
        source.open(second)


def test_another_secret_opens_nothing_and_the_check_says_so(source, enrolled):
    reference = source.store(*enrolled)
    stranger = keys.Pkcs12Source(source.folder, "another secret")
    with pytest.raises(keys.KeyUnavailable):
        stranger.open(reference)
    assert [f.level for f in stranger.check_config()] == ["error"]
    assert [f.level for f in source.check_config()] == ["ok"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", ".hidden"])
def test_a_reference_cannot_leave_the_folder(source, name):
    with pytest.raises(keys.KeyUnavailable):
        source.open({"file": name})


def test_a_missing_key_file_is_explained(source):
    with pytest.raises(keys.KeyUnavailable) as refused:
        source.open({"file": "gone.p12"})
    assert refused.value.way_out


def test_an_open_key_folder_is_noticed(source, enrolled):
    source.store(*enrolled)
    source.folder.chmod(0o755)
    assert "warning" in [f.level for f in source.check_config()]


def test_foreign_key_files_are_taken_over_only_when_sound(enrolled, authority):
    private, certificate, chain = enrolled
    good = keys.pack(private, certificate, chain, "pin")
    assert keys.unpack(good, "pin")[1] == certificate
    with pytest.raises(keys.UnusableKeyFile, match="password"):
        keys.unpack(good, "wrong")
    with pytest.raises(keys.UnusableKeyFile, match="PKCS#12"):
        keys.unpack(b"rubbish", "pin")
    with pytest.raises(keys.UnusableKeyFile, match="larger"):
        keys.unpack(b"x" * 400_000, "pin")
    only_certificates = pkcs12.serialize_key_and_certificates(
        b"x", None, None, [certificate], serialization.BestAvailableEncryption(b"pin")
    )
    with pytest.raises(keys.UnusableKeyFile, match="no private key"):
        keys.unpack(only_certificates, "pin")


def _self_signed(key, algorithm):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, algorithm)
    )


def test_weak_and_unusual_keys_are_refused():
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    weak = pkcs12.serialize_key_and_certificates(
        b"x", small, _self_signed(small, hashes.SHA256()), None, serialization.BestAvailableEncryption(b"pin")
    )
    with pytest.raises(keys.UnusableKeyFile, match="2048"):
        keys.unpack(weak, "pin")
    odd = ed25519.Ed25519PrivateKey.generate()
    unusual = pkcs12.serialize_key_and_certificates(
        b"x", odd, _self_signed(odd, None), None, serialization.BestAvailableEncryption(b"pin")
    )
    with pytest.raises(keys.UnusableKeyFile, match="Only RSA"):
        keys.unpack(unusual, "pin")


@pytest.mark.parametrize("text", [b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(text):
    with pytest.raises(ValueError, match="certificate"):
        keys.certificates_from(text)


def test_an_unknown_kind_of_key_is_explained():
    with pytest.raises(keys.KeyUnavailable, match="abacus"):
        keys.source("abacus")


# -- tokens


@pytest.fixture(scope="module")
def token(tmp_path_factory, authority, csr):
    """A SoftHSM token holding one EC and one RSA key with certificates from the test authority."""
    module = next((m for m in MODULES if Path(m).exists()), None)
    if module is None or not shutil.which("softhsm2-util"):
        pytest.skip("SoftHSM is not installed (Debian package softhsm2); tokens cannot be tried")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    label = f"test-{uuid.uuid4().hex[:8]}"
    run = ["softhsm2-util", "--module", module]
    subprocess.run(
        [*run, "--init-token", "--free", "--label", label, "--so-pin", "8765", "--pin", "1234"],
        check=True,
        capture_output=True,
    )
    made = {}
    for key_id, private in (
        ("01", ec.generate_private_key(ec.SECP256R1())),
        ("02", rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    ):
        (folder / "key.pem").write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        subprocess.run(
            [
                *run,
                "--import",
                str(folder / "key.pem"),
                "--token",
                label,
                "--label",
                "sign",
                "--id",
                key_id,
                "--pin",
                "1234",
            ],
            check=True,
            capture_output=True,
        )
        certificate = authority.authority.enrol(csr(private, f"Signer {key_id}"))
        pem = certificate.public_bytes(serialization.Encoding.PEM) + authority.authority.issuing.public_bytes(
            serialization.Encoding.PEM
        )
        made[key_id] = {"token": label, "key_id": key_id, "certificate": pem.decode()}
    return module, label, made


@pytest.mark.parametrize("key_id", ["01", "02"])
def test_a_key_on_a_token_signs_without_leaving_it(token, key_id, document, authority, trust, now, soon):
    module, label, references = token
    key = keys.Pkcs11Source(module, {label: "1234"}).open(references[key_id])
    signed = sign_pdf(document, key, reason="", location="", at=now, timestamp_url=authority.timestamp_url, trust=trust)
    assert signed.level is Level.B_LT
    assert validate_pdf(signed.content, trust, soon).state is State.GENUINE


def test_a_wrong_pin_is_explained(token, document, now):
    module, label, references = token
    key = keys.Pkcs11Source(module, {label: "0000"}).open(references["01"])
    with pytest.raises(keys.KeyUnavailable, match="refuses the PIN"):
        sign_pdf(document, key, reason="", location="", at=now)


def test_a_token_without_pin_is_explained(token):
    module, _, references = token
    with pytest.raises(keys.KeyUnavailable, match="no PIN"):
        keys.Pkcs11Source(module, {}).open(references["01"])


def test_the_check_of_tokens_names_present_and_missing_ones(token):
    module, label, _ = token
    found = {f.level for f in keys.Pkcs11Source(module, {label: "1234", "elsewhere": "1"}).check_config()}
    assert found >= {"ok", "error"}
    assert [f.level for f in keys.Pkcs11Source("/nowhere.so", {}).check_config()] == ["error"]
    assert [f.level for f in keys.Pkcs11Source("", {}).check_config()] == ["ok"]
