"""Asking the outside world while signing: time stamps, OCSP, revocation lists. Bounded in time, lists
remembered."""

import threading
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, cast

import requests
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper
from pyhanko_certvalidator.fetchers import FetcherBackend, Fetchers
from pyhanko_certvalidator.fetchers.requests_fetchers.cert_fetch_client import RequestsCertificateFetcher
from pyhanko_certvalidator.fetchers.requests_fetchers.crl_client import RequestsCRLFetcher
from pyhanko_certvalidator.fetchers.requests_fetchers.ocsp_client import RequestsOCSPFetcher

TIMEOUT_S = 4
REMEMBER_S = 300


@dataclass(frozen=True)
class _Kept:
    response: requests.Response
    until: float


_kept: dict[str, _Kept] = {}
_stampers: dict[str, TimeStamper] = {}
_lock = threading.Lock()


def forget() -> None:
    """Drop remembered lists and time-stamping sizes, as after a change of the trust set-up."""
    with _lock:
        _kept.clear()
        _stampers.clear()


def timestamper(url: str) -> TimeStamper:
    """The client of a time-stamping authority. Addresses that differ only in their query share what is known
    about the authority, because pyHanko learns the size of its tokens by a first dummy request."""
    base = url.partition("?")[0]
    with _lock:
        if base not in _stampers:
            _stampers[base] = _timestamp_client(base, timeout=TIMEOUT_S)
        known: Any = _stampers[base]
    if url == base:
        return cast(TimeStamper, known)
    client = _timestamp_client(url, timeout=TIMEOUT_S)
    client._dummy_response_cache = known._dummy_response_cache
    client._certs, client.cert_registry = known._certs, known.cert_registry
    return cast(TimeStamper, client)


class _Remembering:
    """Keeps what changes slowly (revocation lists, issuer certificates) for some minutes in this process."""

    def _get(self, url: str, *, acceptable_content_types: object) -> Awaitable[requests.Response]:
        parent = super()._get  # type: ignore[misc]  # a method of the library its types leave out

        async def answer() -> requests.Response:
            with _lock:
                kept = _kept.get(url)
            if kept is not None and kept.until > time.monotonic():
                return kept.response
            response: requests.Response = await parent(url, acceptable_content_types=acceptable_content_types)
            with _lock:
                _kept[url] = _Kept(response, time.monotonic() + REMEMBER_S)
            return response

        return answer()


class _CRLFetcher(_Remembering, RequestsCRLFetcher):
    pass


class _CertificateFetcher(_Remembering, RequestsCertificateFetcher):
    pass


# pyHanko leaves these constructors without annotations.
_timestamp_client: Any = RequestsHTTPTimeStamper
_crl_fetcher: Any = _CRLFetcher


class SigningFetchers(FetcherBackend):
    """OCSP is always asked anew, so that a certificate revoked a minute ago no longer signs."""

    def get_fetchers(self) -> Fetchers:
        return Fetchers(
            ocsp_fetcher=RequestsOCSPFetcher(per_request_timeout=TIMEOUT_S),
            crl_fetcher=_crl_fetcher(per_request_timeout=TIMEOUT_S),
            cert_fetcher=_CertificateFetcher(per_request_timeout=TIMEOUT_S),
        )

    async def close(self) -> None:
        return
