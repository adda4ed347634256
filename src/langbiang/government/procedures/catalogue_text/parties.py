"""Levels, kinds, audiences and agencies: closed lists are matched, never cut at commas."""

import re

from .letters import UPPER
from .record import Agency, Parsed, ParseState, Reason
from .sections import NO_INFORMATION

LEVELS = ("Cấp bộ", "Cấp tỉnh", "Cấp huyện", "Cấp xã", "Cơ quan khác")
KINDS = (
    "TTHC được giao luật quy định chi tiết",
    "TTHC không được luật giao cho địa phương quy định hoặc quy định chi tiết",
    "TTHC không được luật giao cho địa phương quy định",
    "Loại khác",
)
# Longest first: "Doanh nghiệp" must not eat the head of its longer sisters.
AUDIENCES = (
    "Tổ chức (không bao gồm doanh nghiệp, HTX)",
    "Doanh nghiệp có vốn đầu tư nước ngoài",
    "Người Việt Nam định cư ở nước ngoài",
    "Cán bộ, công chức, viên chức",
    "Doanh nghiệp Việt Nam",
    "Tổ chức nước ngoài",
    "Công dân Việt Nam",
    "Người nước ngoài",
    "Doanh nghiệp",
    "Hợp tác xã",
    "Hộ kinh doanh",
    "Tổ chức",
    "Khác",
)
_ABOLISHED = re.compile(r"\b[Hh]uyện\b|\bthị xã\b")
_NEXT_NAME = re.compile(rf",\s+(?=[{UPPER}])")
_SPACES = re.compile(r"\s+")


def tidy(text: str) -> str:
    """One line with single spaces, for names and cells; the raw text stays in the section."""
    return _SPACES.sub(" ", text).strip()


def read_cell(text: str) -> Parsed[str]:
    """A short cell; "Không có thông tin" and an empty cell are both missing."""
    value = tidy(text)
    if value in ("", NO_INFORMATION):
        return Parsed("", ParseState.MISSING, (Reason("not_stated"),))
    return Parsed(value)


def read_prose(text: str) -> Parsed[str]:
    """A long text with its lines; "Không có thông tin" is missing."""
    value = text.strip()
    if value in ("", NO_INFORMATION):
        return Parsed("", ParseState.MISSING, (Reason("not_stated"),))
    return Parsed(value)


def match_list(text: str, closed_list: tuple[str, ...]) -> Parsed[tuple[str, ...]]:
    """The entries of ``closed_list`` in text order; what is left over is kept as read and marked."""
    rest = tidy(text)
    if rest in ("", NO_INFORMATION):
        return Parsed((), ParseState.MISSING, (Reason("not_stated"),))
    values: list[str] = []
    strange: list[str] = []
    folded = {entry.casefold(): entry for entry in closed_list}
    keys = sorted(folded, key=len, reverse=True)
    while rest:
        low = rest.casefold()
        hit = next((key for key in keys if _starts_entry(low, key)), None)
        if hit is not None:
            values.append(folded[hit])
            rest = rest[len(hit) :].lstrip(" ,;")
            continue
        head, _, rest = rest.partition(",")
        rest = rest.lstrip()
        if head.strip():
            strange.append(head.strip())
        if len(strange) > 40:
            strange.append(rest)
            break
    unique = tuple(dict.fromkeys(values))
    if strange:
        detail = "; ".join(strange)[:300]
        return Parsed((*unique, *strange), ParseState.REVIEW, (Reason("value_not_in_list", detail),))
    return Parsed(unique)


def _starts_entry(low: str, key: str) -> bool:
    return low.startswith(key) and (len(low) == len(key) or low[len(key)] in ",; ")


def match_one(text: str, closed_list: tuple[str, ...]) -> Parsed[str]:
    """One value of a closed list, or the text as read for review."""
    cell = read_cell(text)
    if cell.state is ParseState.MISSING or cell.value in closed_list:
        return cell
    return Parsed(cell.value, ParseState.REVIEW, (Reason("value_not_in_list", cell.value[:200]),))


def read_agencies(text: str) -> Parsed[tuple[Agency, ...]]:
    """Agencies of a cell. A comma parts two names only before a capital ("xã, phường" is one name)."""
    value = tidy(text)
    if value in ("", NO_INFORMATION):
        return Parsed((), ParseState.MISSING, (Reason("not_stated"),))
    agencies = tuple(_agency(name) for name in _NEXT_NAME.split(value) if name.strip(" ,"))
    old = [agency.stated for agency in agencies if agency.superseded]
    if old:
        return Parsed(agencies, ParseState.GUESS, (Reason("superseded_agency", "; ".join(old)[:300]),))
    return Parsed(agencies)


def _agency(stated: str) -> Agency:
    stated = stated.strip(" ,")
    name = stated.removesuffix("_old").rstrip()
    superseded = stated.endswith("_old") or bool(_ABOLISHED.search(stated))
    return Agency(name=name, stated=stated, superseded=superseded)
