"""File names as people may give them, made safe to show and to save."""

import re
import unicodedata

_FORBIDDEN = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*%\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]'
)
_DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])$", re.I)
_MAX_STEM = 120
ENDING = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.text": ".odt",
}
_ENDINGS = {*ENDING.values(), ".jpeg", ".tiff", ".jfif", ".jpe"}


def clean(name: str, mime: str) -> str:
    """The last part of a name in NFC without control, direction or path characters, ending as its content says."""
    text = unicodedata.normalize("NFC", str(name).encode("utf-8", "replace").decode())
    text = re.split(r"[/\\]", text)[-1]
    text = " ".join(_FORBIDDEN.sub("", text).split()).rstrip(" .")
    ending = ENDING.get(mime, "")
    if not ending:
        return _shortened(text)
    # "giấy tờ.pdf.exe" must not show a second ending that a program could go by; "bản 1.2" keeps its dot.
    while (dot := text.rfind(".")) >= 0 and _is_ending(text[dot:]):
        text = text[:dot].rstrip(" .")
    return f"{_shortened(text)}{ending}"


def _is_ending(tail: str) -> bool:
    return tail.lower() in _ENDINGS or bool(re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{1,4}", tail))


def _shortened(stem: str) -> str:
    stem = unicodedata.normalize("NFC", stem[:_MAX_STEM]).strip(" .")
    return f"{stem}_" if _DEVICES.match(stem) else stem or "tep"


def plain(name: str) -> str:
    """The name in ASCII, for old browsers: without marks, đ as d."""
    text = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D"))
    return re.sub(r"[^A-Za-z0-9._ -]", "", text).strip(" .") or "tep"
