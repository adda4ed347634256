"""Why points cannot be a calibration, by name: whoever shows it puts it into the person's language."""

from enum import StrEnum


class Fault(StrEnum):
    """Why points cannot be a calibration."""

    FEW = "few"
    UNEVEN = "uneven"
    OUTSIDE = "outside"
    SAME = "same"
    LINE = "line"
    CROSSED = "crossed"
    HORIZON = "horizon"
    ERROR = "error"
