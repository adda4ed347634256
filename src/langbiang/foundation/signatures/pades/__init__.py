"""Making PAdES signatures with a visible block, keeping PDF/A files valid. No database here."""

from .anchors import AnchorNotFound
from .appearance import Appearance, UnusableImage, checked_image, personal_lines, seal_lines, signing_time
from .archival import archival_faults
from .signing import Level, LevelNotReached, NotSignable, Shortfall, SignedPdf, SignerNotValid, sign_pdf

__all__ = [
    "AnchorNotFound",
    "Appearance",
    "Level",
    "LevelNotReached",
    "NotSignable",
    "Shortfall",
    "SignedPdf",
    "SignerNotValid",
    "UnusableImage",
    "archival_faults",
    "checked_image",
    "personal_lines",
    "seal_lines",
    "sign_pdf",
    "signing_time",
]
