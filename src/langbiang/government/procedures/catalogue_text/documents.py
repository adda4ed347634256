"""Read the component tables: groups with their labels, papers, form files and quantities.

The quantity cell ("1 bản chính", "0 bản chính,2 bản sao") is the only thing that ends a row, and the same
words occur in names; so each hit is judged by what stands before and after it.
"""

import re
from dataclasses import replace

from .parties import tidy
from .record import DocumentGroup, DocumentRow, Parsed, ParseState, Reason, weakest
from .sections import DOCUMENT_HEAD, NO_INFORMATION

_QUANTITY = re.compile(r"(?P<digits>\d{1,12}) ?(?:bản chính(?:,(?P<copies>\d{1,3}) bản sao)?|(?P<only>bản sao))")
_EXTENSION = re.compile(r"\.(?:docx?|pdf|xlsx?|rtf|odt|zip|rar|jpe?g|png)", re.I)
_FORM_STARTS = (
    re.compile(r"(?:Mẫu|Mau|Phụ lục|Phu luc|Biểu mẫu|Bieu mau|Form)"),
    re.compile(r"(?:PL|Đơn|Don|Tờ khai|To khai|TP-)"),
)
_NUMBERED_START = re.compile(r"\d{1,2}\.{1,2}[ ]?(?=[^\W\d_])")
_NOTE_START = re.compile(
    r"^[-+*•\s]{0,6}(?:Lưu ý|Trường hợp|Người tiếp nhận|Cá nhân có quyền|Cơ quan đăng ký|"
    r"Người yêu cầu|Người có yêu cầu|Đối với giấy tờ|"
    r"Giấy tờ do cơ quan có thẩm quyền của nước ngoài|Bản chụp các giấy tờ)"
)
_FILE_WINDOW = 160


def read_documents(body: str) -> Parsed[tuple[DocumentGroup, ...]]:
    """All groups with their rows; several groups are alternatives or cases, told apart by their labels."""
    heads = _find_all(body, DOCUMENT_HEAD)
    if not heads:
        stated = body.strip()
        code = "documents_not_stated" if stated in ("", NO_INFORMATION) else "no_documents"
        state = ParseState.MISSING if code == "documents_not_stated" else ParseState.REVIEW
        return Parsed((), state, (Reason(code, stated[:200]),))
    groups: list[DocumentGroup] = []
    label_start = 0
    for number, head in enumerate(heads):
        rows_start = head + len(DOCUMENT_HEAD)
        next_head = heads[number + 1] if number + 1 < len(heads) else len(body)
        last = number + 1 == len(heads)
        rows, rows_end = _rows(body, rows_start, next_head)
        tail = ""
        if last and rows_end < len(body):
            tail = body[rows_end:]
            if tail.strip():
                rows = (*rows, _row_without_quantity(tail))
                tail = ""
        raw_label = body[label_start:head]
        label = tidy(raw_label)
        if "lưu ý" in label[:60].casefold():
            rows = tuple(replace(row, looks_like_note=row.present_only) for row in rows)
        groups.append(
            DocumentGroup(
                label="" if label == "--" else label,
                rows=rows,
                raw_label=raw_label,
                raw_head=DOCUMENT_HEAD,
                raw_tail=tail,
            )
        )
        label_start = rows_end
    rows_found = [row for group in groups for row in group.rows]
    if not rows_found:
        return Parsed(tuple(groups), ParseState.MISSING, (Reason("documents_not_stated"),))
    reasons = tuple(dict.fromkeys(reason for row in rows_found for reason in row.reasons))
    return Parsed(tuple(groups), weakest(row.state for row in rows_found), reasons)


def _find_all(text: str, words: str) -> list[int]:
    places = []
    at = text.find(words)
    while at >= 0:
        places.append(at)
        at = text.find(words, at + len(words))
    return places


def _rows(body: str, start: int, end: int) -> tuple[tuple[DocumentRow, ...], int]:
    """Rows between two places and where the last one ends; what follows is the label of the next group."""
    rows: list[DocumentRow] = []
    name_start = start
    for hit in _QUANTITY.finditer(body, start, end):
        digits_at = hit.start()
        if digits_at < name_start or not _ends_row(body, hit, name_start, end):
            continue
        quantity, glued = _quantity_digits(body, hit, name_start)
        quantity_at = digits_at + len(hit["digits"]) - len(quantity)
        cell = body[name_start:quantity_at]
        if not cell.strip():
            continue
        rows.append(_row(cell, int(quantity), hit, glued, body[name_start : hit.end()]))
        name_start = hit.end()
    return tuple(rows), name_start


def _ends_row(body: str, hit: re.Match[str], name_start: int, end: int) -> bool:
    """Whether a quantity is the cell at the end of a row and not part of a name."""
    digits = hit["digits"]
    before = body[hit.start() - 1] if hit.start() > name_start else ""
    after = body[hit.end() : hit.end() + 3] if hit.end() < end else ""
    if before == "(" or (before == " " and len(digits) > 1 and digits[0] == "0"):
        return False
    if len(digits) > 1 and digits[0] == "0" and not before.isdigit():
        return False  # "(gồm:01 bản chính" : the portal never pads its numbers
    if after == "":
        return True
    first = after[0]
    if first in ")],;.:/":
        return False
    if first.isspace():
        follow = after.strip()[:1]
        if before == " ":
            return follow in ("-", "+", "*", "•", "–", "") or follow.isupper()
        return follow == "" or not follow.islower()
    return True


def _quantity_digits(body: str, hit: re.Match[str], name_start: int) -> tuple[str, bool]:
    """The digits that are the quantity; the rest belongs to a year or number the name ends with."""
    digits = hit["digits"]
    if len(digits) == 1:
        return digits, False
    before = body[hit.start() - 1] if hit.start() > name_start else ""
    if len(digits) == 5 and digits[:2] in ("19", "20"):
        return digits[4:], True
    if before in " /.,-\u00a0–" or len(digits) > 2 or digits[-2:] == "00":
        return digits[-1:], True
    return digits, False


def _row(cell: str, quantity: int, hit: re.Match[str], glued: bool, raw: str) -> DocumentRow:
    name, files, sure = split_form_file(cell)
    copies = int(hit["copies"]) if hit["copies"] else None
    originals: int | None = quantity
    if hit["only"]:
        originals, copies = 0, quantity
    reasons = []
    if glued:
        reasons.append(Reason("quantity_glued", tidy(cell)[-40:] + "|" + str(quantity)))
    if not sure:
        reasons.append(Reason("form_file_unclear", tidy(cell)[-120:]))
    shown = originals == 0 and not copies
    return DocumentRow(
        name=tidy(name),
        form_files=files,
        originals=originals,
        copies=copies if copies is not None else 0,
        present_only=shown,
        looks_like_note=shown and not files and bool(_NOTE_START.match(name) or name.rstrip().endswith(":")),
        state=ParseState.GUESS if reasons else ParseState.OK,
        reasons=tuple(reasons),
        raw=raw,
    )


def _row_without_quantity(cell: str) -> DocumentRow:
    name, files, sure = split_form_file(cell)
    row = DocumentRow(
        name=tidy(name),
        form_files=files,
        state=ParseState.REVIEW,
        reasons=(Reason("document_without_quantity", tidy(cell)[:120]),),
        raw=cell,
    )
    if sure:
        return row
    return replace(row, reasons=(*row.reasons, Reason("form_file_unclear", tidy(cell)[-120:])))


def split_form_file(cell: str) -> tuple[str, tuple[str, ...], bool]:
    """Name, form files and whether the cut between them is sure. Several files may follow one another."""
    text = cell.rstrip()
    if not _EXTENSION.search(text, max(0, len(text) - 6)):
        return cell, (), True
    hits = _EXTENSION.finditer(text, max(0, len(text) - 3 * _FILE_WINDOW))
    ends = [hit.end() for hit in hits if _file_ends(text, hit)]
    if not ends or ends[-1] != len(text):
        return cell, (), True
    files: list[str] = []
    sure = True
    stop = len(text)
    for number in range(len(ends) - 1, -1, -1):
        floor = ends[number - 1] if number else 0
        if number and _joins(text, floor):
            files.append(text[floor:stop].strip())
            stop = floor
            continue
        start, certain = _file_start(text, max(floor if number else 0, stop - _FILE_WINDOW), stop)
        sure = sure and certain
        if start is None:
            return cell, (), False
        files.append(text[start:stop].strip())
        stop = start
    return text[:stop], tuple(reversed(files)), sure


def _file_ends(text: str, hit: re.Match[str]) -> bool:
    follow = text[hit.end() : hit.end() + 1]
    return follow == "" or not (follow.islower() or follow in ").,;")


def _joins(text: str, at: int) -> bool:
    return at < len(text) and not text[at].isspace()


def _file_start(text: str, floor: int, stop: int) -> tuple[int | None, bool]:
    """Where the file name begins: a joint without space, best before "Mẫu…" or "1.…"."""
    window = text[floor:stop]
    joints = [
        at
        for at in range(1, len(window))
        if not window[at - 1].isspace() and not window[at].isspace() and _is_joint(window, at)
    ]
    for form_start in _FORM_STARTS:
        labelled = [at for at in joints if form_start.match(window, at)]
        if labelled:
            return floor + labelled[-1], True
    numbered = [
        at
        for at in range(1, len(window) - 6)
        if (window[at - 1].isalpha() or window[at - 1] in ").;:") and _NUMBERED_START.match(window, at)
    ]
    if numbered:
        return floor + numbered[-1], True
    if joints:
        return floor + joints[-1], len(joints) == 1
    return None, False


def _is_joint(window: str, at: int) -> bool:
    left, right = window[at - 1], window[at]
    if not right.isupper():
        return False
    if left.islower() or left in ').;:”"':
        return True
    follow = window[at + 1 : at + 2]
    if left.isdigit():
        return follow.islower()
    return left.isupper() and follow.islower() and at >= 2 and window[at - 2].isupper()
