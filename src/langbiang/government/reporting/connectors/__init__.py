"""Sources of figures as plugins: a port every source offers, adapters by kind, a contract for every subject."""

from .base import DataPort, Page, SourceRefused, Window, adapter, adapters, port, register
from .contracts import CONTRACTS, Figure, contract
from .file_folder import FileFolder
from .rest import RestSource

register("rest", RestSource)
register("file_folder", FileFolder)

__all__ = [
    "CONTRACTS",
    "DataPort",
    "Figure",
    "Page",
    "SourceRefused",
    "Window",
    "adapter",
    "adapters",
    "contract",
    "port",
    "register",
]
