"""Has a stranger's file checked in a child process, and says in words what is wrong with it."""

import json
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Refusal

SECONDS = 25
MEMORY = 1536 * 1024 * 1024
_places = threading.BoundedSemaphore(4)


class Rejected(Refusal):
    """This file cannot be taken."""

    status = 422


class Busy(Refusal):
    """So many files are being checked that this one would wait too long."""

    status = 503


ALLOWED = _("PDF, JPEG, PNG, TIFF, Word (.docx), Excel (.xlsx) or OpenDocument (.odt)")
_WORDS: dict[str, tuple[Any, Any]] = {
    "kind": (_("This kind of file is not accepted."), _("Accepted are: PDF, JPEG, PNG, TIFF, .docx, .xlsx, .odt.")),
    "old_office": (
        _("Files in the old Office format (.doc, .xls) are not accepted."),
        _("Save it as PDF, .docx or .xlsx and try again."),
    ),
    "empty": (_("The file is empty."), _("Choose the file again.")),
    "broken": (_("The file is damaged and cannot be opened."), _("Scan or save it again and try once more.")),
    "encrypted": (_("The file is protected by a password."), _("Save it without a password and try again.")),
    "bomb": (_("The file unpacks to far more than it seems."), _("Scan the paper again at an ordinary resolution.")),
    "macro": (_("The file contains a macro or program."), _("Save it as PDF and try again.")),
    "embedded": (_("The file contains another file inside."), _("Save it as PDF and try again.")),
    "external": (_("The file loads content from elsewhere."), _("Save it as PDF and try again.")),
    "signed_active": (
        _("The PDF is signed and contains scripts or attachments."),
        _("Ask whoever signed it for a copy without them."),
    ),
    "slow": (_("The file is too complex to be checked."), _("Save it as a plain PDF and try again.")),
}
CLEANED = {
    "script": _("Scripts were removed from the PDF."),
    "attachment": _("Attachments inside the PDF were removed."),
    "form": _("The active form inside the PDF was removed."),
    "place": _("The place where the photo was taken was removed."),
}


def rejection(code: str, facts: dict[str, Any]) -> Rejected:
    """The words for why a file is not taken."""
    if code == "pages":
        return Rejected(
            _("The file has %(pages)s pages; at most %(limit)s are accepted.") % facts,
            way_out=_("Split it into several files."), field="file",
        )  # fmt: skip
    message, way_out = _WORDS.get(code, _WORDS["broken"])
    return Rejected(message, way_out=way_out, field="file")


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def examine(data: bytes, *, max_pages: int) -> tuple[dict[str, Any], bytes]:
    """What a file is and the bytes to keep. Raises Rejected, Busy."""
    if not _places.acquire(timeout=20):
        raise Busy(_("Many files are being checked at this moment."), way_out=_("Try again in a minute."))
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(Path(__file__).with_name("checking.py"))],
            input=json.dumps({"max_pages": max_pages}).encode() + b"\n" + data,
            capture_output=True, timeout=SECONDS + 5, preexec_fn=_bounded, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise rejection("slow", {}) from None
    finally:
        _places.release()
    head, _newline, kept = done.stdout.partition(b"\n")
    if done.returncode or not head:
        raise rejection("slow" if done.returncode < 0 else "broken", {})
    answer: dict[str, Any] = json.loads(head)
    if "rejected" in answer:
        raise rejection(answer["rejected"], answer["facts"])
    return answer, kept
