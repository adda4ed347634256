"""Stand-in for the trust service providers of the outside world: a certification authority with OCSP and
CRL, and a time-stamping authority.

Real protocols over real HTTP, keys that nobody should trust: every certificate says TEST in its issuer.
"""

from .authority import Authority, EnrolmentRefused
from .server import TrustServer

__all__ = ["Authority", "EnrolmentRefused", "TrustServer"]
