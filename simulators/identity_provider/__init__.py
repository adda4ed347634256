"""A stand-in for the national identity provider: a real OpenID Connect issuer with invented citizens."""

from .server import IdentityServer

__all__ = ["IdentityServer"]
