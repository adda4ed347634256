"""Has a stranger's file checked in a child process, and says in words what is wrong with it.

A process of its own for every file, not a fork of a warm one: it costs a third of a second of an upload, and shares
neither memory nor secrets with anybody.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Refusal

SECONDS = 25
MEMORY = 1536 * 1024 * 1024
AT_ONCE = 4
WAIT_SECONDS = 20
SOURCE = str(Path(__file__).parents[3])
_places = threading.BoundedSemaphore(AT_ONCE)


class Rejected(Refusal):
    """This file cannot be taken; `code` names the reason (see `REASONS`)."""

    status = 422

    def __init__(self, *args: Any, code: str, **words: Any) -> None:
        super().__init__(*args, **words)
        self.code = code


class Busy(Refusal):
    """So many files are being checked that this one would wait too long."""

    status = 503


ALLOWED = _("PDF, JPEG, PNG, TIFF, Word (.docx), Excel (.xlsx) or OpenDocument (.odt)")
# What a file field may offer to choose from: the same in the words of a browser.
ACCEPT = ".pdf,.jpg,.jpeg,.png,.tif,.tiff,.docx,.xlsx,.odt"
_AS_PDF = _("Save it as PDF and try again.")
REASONS: dict[str, tuple[Any, Any]] = {
    "kind": (_("This kind of file is not accepted."), _("Accepted are: PDF, JPEG, PNG, TIFF, .docx, .xlsx, .odt.")),
    "heic": (
        _("Photos in the HEIC format are not accepted: not every agency can open them."),
        _("On an iPhone choose Settings, Camera, Formats, Most Compatible and take the photo again."),
    ),
    "archive": (
        _("Packed files (.zip, .rar, .7z) are not accepted."),
        _("Unpack it and choose the papers themselves."),
    ),
    "old_office": (
        _("Files in the old Office format (.doc, .xls) are not accepted."),
        _("Save it as PDF, .docx or .xlsx and try again."),
    ),
    "empty": (_("The file is empty."), _("Choose the file again.")),
    "broken": (_("The file is damaged and cannot be opened."), _("Scan or save it again and try once more.")),
    "encrypted": (_("The file is protected by a password."), _("Save it without a password and try again.")),
    "bomb": (_("The file unpacks to far more than it seems."), _("Scan the paper again at an ordinary resolution.")),
    "macro": (_("The file contains a macro or program."), _AS_PDF),
    "embedded": (_("The file contains another file inside."), _AS_PDF),
    "external": (_("The file loads content from elsewhere."), _AS_PDF),
    "signed_active": (
        _("The PDF is signed and contains scripts or attachments; taking them out would break the signature."),
        _("Ask whoever signed it for a copy without them."),
    ),
    "slow": (_("The file is too complex to be checked."), _("Save it as a plain PDF and try again.")),
}
CLEANED = {
    "script": _("Scripts and links to programs were removed."),
    "attachment": _("Attachments inside the file were removed."),
    "form": _("The active form inside the PDF was removed."),
    "protection": _("The protection against printing and copying was removed."),
    "mended": _("The PDF had small faults and was mended."),
    "place": _("The place where the photo was taken was removed."),
    "appended": _("What was hidden behind the photo (a short film, notes of the phone) was removed."),
}


def words_for(cleaned: list[str]) -> list[str]:
    """What was taken out of a file, in sentences for the person who handed it in."""
    return [str(CLEANED[code]) for code in cleaned if code in CLEANED]


def rejection(code: str, facts: dict[str, Any]) -> Rejected:
    """The words for why a file is not taken."""
    if code == "pages":
        return Rejected(
            _("The file has %(pages)s pages; at most %(limit)s are accepted.") % facts,
            way_out=_("Split it into several files."), field="file", code=code,
        )  # fmt: skip
    message, way_out = REASONS.get(code, REASONS["broken"])
    return Rejected(message, way_out=way_out, field="file", code=code)


def in_child(module: str, request: bytes, *, seconds: int) -> subprocess.CompletedProcess[bytes]:
    """Run one of our programs on a stranger's bytes: no environment, no secrets, no settings, four at a time.

    Raises Busy, and subprocess.TimeoutExpired after `seconds` of real time.
    """
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Busy(_("Many files are being checked at this moment."), way_out=_("Try again in a minute."))
    start = f"import sys; sys.path.insert(0, {SOURCE!r}); from {module} import main; main()"
    try:
        return subprocess.run(
            [sys.executable, "-I", "-c", start],
            input=request, capture_output=True, timeout=seconds, env={"LANG": "C.UTF-8"}, cwd="/", check=False,
        )  # fmt: skip
    finally:
        _places.release()


def examine(data: bytes, *, max_pages: int, seconds: int = SECONDS) -> tuple[dict[str, Any], bytes]:
    """What a file is (`mime`, `pages`, `cleaned`) and the bytes to keep. Raises Rejected, Busy."""
    limits = {"max_pages": max_pages, "seconds": seconds, "memory": MEMORY}
    try:
        done = in_child(
            "langbiang.foundation.files.checking.__main__",
            json.dumps(limits).encode() + b"\n" + data,
            seconds=seconds + 10,
        )
    except subprocess.TimeoutExpired:
        raise rejection("slow", {}) from None
    head, _newline, kept = done.stdout.partition(b"\n")
    if done.returncode or not head:
        # Killed for its time or its memory, or ended by a fault in a library: either way nobody should open it.
        raise rejection("slow" if done.returncode < 0 else "broken", {})
    answer: dict[str, Any] = json.loads(head)
    if "rejected" in answer:
        raise rejection(answer["rejected"], answer["facts"])
    return answer, data if answer["same"] else kept
