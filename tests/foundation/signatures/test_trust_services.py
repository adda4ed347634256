import base64
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from simulators.trust_services import TrustServer


@pytest.fixture
def certificate(authority, csr):
    return authority.authority.enrol(csr(ec.generate_private_key(ec.SECP256R1()), "Nguyễn Thị G"))


def _request(authority, certificate) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, authority.authority.issuing, hashes.SHA256())
    return builder.build().public_bytes(serialization.Encoding.DER)


def _status(content: bytes):
    return ocsp.load_der_ocsp_response(content).certificate_status


def test_ocsp_answers_post_and_get(authority, certificate):
    der = _request(authority, certificate)
    posted = httpx.post(f"{authority.base_url}/ocsp", content=der)
    got = httpx.get(f"{authority.base_url}/ocsp/{base64.b64encode(der).decode().replace('/', '%2F')}")
    assert _status(posted.content) == _status(got.content) == ocsp.OCSPCertStatus.GOOD


def test_a_revoked_certificate_is_in_ocsp_and_in_the_list(authority, certificate):
    authority.authority.revoke(certificate.serial_number, reason="superseded")
    answer = httpx.post(f"{authority.base_url}/ocsp", content=_request(authority, certificate))
    assert _status(answer.content) == ocsp.OCSPCertStatus.REVOKED
    published = x509.load_der_x509_crl(httpx.get(f"{authority.base_url}/crl/issuing.crl").content)
    entry = published.get_revoked_certificate_by_serial_number(certificate.serial_number)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.superseded


@pytest.mark.parametrize("path", ["/ocsp", "/tsa", "/enrol", "/revoke"])
@pytest.mark.parametrize("body", [b"", b"rubbish", b"{}", b"\x30\x80" * 20])
def test_rubbish_is_answered_not_crashed_on(authority, path, body):
    headers = {"Authorization": f"Bearer {authority.authority.enrol_token}"}
    answer = httpx.post(authority.base_url + path, content=body, headers=headers)
    assert answer.status_code in (200, 400)
    assert httpx.get(f"{authority.base_url}/healthz").json() == {"ok": True}


def test_enrolment_wants_its_token(authority, csr):
    body = {"requests": [csr(ec.generate_private_key(ec.SECP256R1()), "X").decode()]}
    assert httpx.post(f"{authority.base_url}/enrol", json=body).status_code == 401
    headers = {"Authorization": f"Bearer {authority.authority.enrol_token}"}
    answer = httpx.post(f"{authority.base_url}/enrol", json=body, headers=headers).json()
    assert x509.load_pem_x509_certificate(answer["certificates"][0].encode()).not_valid_after_utc
    assert len(answer["chain"]) == 2


def test_three_hundred_signers_are_enrolled_within_seconds(authority, csr):
    start = time.monotonic()
    requests = [csr(ec.generate_private_key(ec.SECP256R1()), f"Cán bộ {n}") for n in range(300)]
    assert len(authority.authority.enrol_many(requests)) == 300
    assert time.monotonic() - start < 5


def test_a_second_start_finds_the_same_authority(tmp_path):
    with TrustServer(tmp_path) as first:
        root, address = first.authority.root, first.base_url
    with TrustServer(tmp_path) as second:
        assert second.authority.root == root
        assert second.base_url == address
        # It listens on another port and, the first one being free, there as well.
        assert second.port != first.port
        assert httpx.get(f"{address}/healthz").status_code == 200


def test_keys_are_private_to_their_user(authority):
    assert authority.authority.home.stat().st_mode & 0o077 == 0
    assert all(f.stat().st_mode & 0o077 == 0 for f in authority.authority.home.glob("*.pem"))


def test_the_command_serves_until_it_is_told_to_stop(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    root = Path(__file__).resolve().parents[3]
    command = [
        sys.executable,
        "-m",
        "simulators.trust_services",
        "--port",
        str(port),
        "--home",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)})
    try:
        for _ in range(100):
            try:
                found = httpx.get(f"http://127.0.0.1:{port}/").json()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        assert found["timestamp"] == f"http://127.0.0.1:{port}/tsa"
        assert "TEST" in found["purpose"]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
