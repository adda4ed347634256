"""A stand-in for the Government reporting system: takes signed packets, remembers them, fails on demand."""

from .server import ReportingSystem

__all__ = ["ReportingSystem"]
