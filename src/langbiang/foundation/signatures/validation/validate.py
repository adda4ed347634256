"""The door to the check: takes any bytes, never raises."""

import logging
from datetime import datetime

from ..pades.signing import run
from .examine import blank, examine
from .trust import TrustStore
from .verdict import Reason, State, Verdict


def validate_pdf(pdf: bytes, trust: TrustStore, at: datetime) -> Verdict:
    """The verdict on a file at a moment, worked out in this process: for files of our own making.

    Files from strangers go through `validate_in_child`, which also bounds time and memory. Raises nothing.
    """
    try:
        return run(lambda: examine(pdf, trust, at))
    except (MemoryError, RecursionError):
        return blank(pdf, State.UNREADABLE, Reason.TOO_COMPLEX)
    except Exception:  # a checker that falls over on a file has not found it genuine
        logging.getLogger(__name__).exception("The check of a file of %d bytes failed", len(pdf))
        return blank(pdf, State.UNREADABLE, Reason.DAMAGED)
