"""File names as people may give them, made safe to show and to save."""

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
ENDING = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.text": ".odt",
}


def clean(name: str, mime: str) -> str:
    """The last part of a name in NFC without control, direction or path characters, ending as its content says."""
    text = unicodedata.normalize("NFC", str(name))
    text = PureWindowsPath(PurePosixPath(text).name).name
    text = _FORBIDDEN.sub("", text).strip(" .")
    ending = ENDING.get(mime, "")
    stem = text
    if ending and "." in text:
        head, _, tail = text.rpartition(".")
        if len(tail) <= 5:
            stem = head
    stem = stem.strip(" .")[:120].strip(" .") or "tep"
    return f"{stem}{ending}" if ending else stem
