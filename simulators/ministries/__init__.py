"""Stand-ins for the national databases of ministries: counts by unit and day, in pages, with faults on demand."""

from .server import Ministries

__all__ = ["Ministries"]
