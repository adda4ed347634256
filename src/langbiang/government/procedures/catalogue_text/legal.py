"""Read the legal bases (title and number run together, columns sometimes exchanged) and the results."""

import re

from .letters import LOWER, UPPER
from .parties import tidy
from .record import LegalBasis, Parsed, ParseState, Reason, Result, weakest
from .sections import LEGAL_HEAD, NO_INFORMATION

# Issuing bodies first by name: a title in capitals may follow a number without a space ("…TT-BTPTHÔNG TƯ…").
_BODY = (
    r"(?:UBTƯMTTQVN|UBTWMTTQVN|VKSNDTC|BLĐTBXH|BVHTTDL|BNNPTNT|TANDTC|BGDĐT|BGTVT|BKHCN|BTTTT|BTNMT|BNNMT|BKHĐT|"
    r"BDTTG|BHXH|UBND|HĐND|VPCP|TTCP|NHNN|KTNN|BCAN|UBDT|BTP|BTC|BCA|BQP|BNV|BNG|BYT|BCT|BXD|BKH|TTg|CTN|CP|"
    rf"[A-ZĐ]{{2,12}}(?![{LOWER}]))"
)
_KIND = (
    r"(?:NĐ-? ?CP|NQ-CP|QH\d{2}|UBTVQH\d{2}|PL-UBTVQH\d{2}|"
    rf"(?:TTLT|NQLT)-? ?{_BODY}(?:-{_BODY}){{0,6}}|(?:TT|QĐ|NQ|CT)- ?{_BODY})"
)
_CODE = re.compile(r"(?P<no>\d{1,9}(?:\.\d{1,2})?(?:\.?[a-z])?(?:/\d{4})?)/" + _KIND)
_KIND_WORDS = (
    r"(?:Thông tư liên tịch|Thông tư|Nghị định|Nghị quyết|Quyết định|Pháp lệnh|Bộ luật|Luật)(?: số)?"
    r"[ \u00a0]{1,3}"
)
_PREFIX = re.compile(_KIND_WORDS + r"$")
_NEXT_TITLE = re.compile(rf"(?<=[{LOWER}0-9).”\"])(?=[{UPPER}][{LOWER}])")
_RESULT_CODE = re.compile(
    r"[ \u00a0]{0,3}(?:"
    r"[A-Z]{2}[.-][A-Z]\d{2}[.-]\d{3,7}|\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}-KQ\d{2,6}|[A-Z]\d{2}-[A-Z]{2}\d{2}\.\d{3,7}"
    r")|[ \u00a0]{0,3}[A-Z]{0,3}[a-z0-9.\-_/]{0,40}"
)
_USUAL_CODE = re.compile(r"[A-Z]{2}[.-][A-Z]\d{2}[.-]\d{4,7}|\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}-KQ\d{2,6}")
_RESULT_MARK = "Mã:"


def read_legal_bases(body: str) -> Parsed[tuple[LegalBasis, ...]]:
    """Pairs of title and number; a number inside a title stays in the title."""
    start = len(LEGAL_HEAD) if body.startswith(LEGAL_HEAD) else 0
    if body[start:].strip() in ("", NO_INFORMATION):
        return Parsed((), ParseState.MISSING, (Reason("not_stated"),))
    rows: list[LegalBasis] = []
    row_start = start
    hits = list(_CODE.finditer(body, start))
    index = 0
    while index < len(hits):
        hit = hits[index]
        index += 1
        if hit.start() < row_start:
            continue
        code_at = _code_start(body, hit, row_start)
        if code_at is None:
            continue
        title = body[row_start:code_at]
        if not title.strip():
            swapped = _swapped(body, hits, index, row_start, hit)
            if swapped is None:
                continue  # the number is the title itself ("226/2016/TT-BTC226/2016/TT-BTC")
            rows.append(swapped)
            row_start += len(swapped.raw)
            continue
        code = tidy(body[code_at : hit.end()])
        rows.append(LegalBasis(title=tidy(title), code=code, raw=body[row_start : hit.end()]))
        row_start = hit.end()
    rest = body[row_start:]
    if rest.strip():
        rows.append(_last_row(rest))
    elif rest and rows:
        last = rows[-1]
        rows[-1] = LegalBasis(last.title, last.code, last.swapped, last.state, last.reasons, last.raw + rest)
    reasons = tuple(dict.fromkeys(reason for row in rows for reason in row.reasons))
    return Parsed(tuple(rows), weakest(row.state for row in rows), reasons)


def _code_start(body: str, hit: re.Match[str], row_start: int) -> int | None:
    """Where the number cell begins when this hit is one; None when it is part of a title."""
    at = hit.start()
    whole = hit["no"].split("/")[0].split(".")[0]
    if at > row_start and len(whole) > 4:
        if whole[:2] not in ("19", "20"):
            return None
        at += 4  # "…năm 202437/2024/QH15": the title ends with a year
    before = body[max(row_start, at - 60) : at]
    prefix = _PREFIX.search(before)
    cell_at = at - (len(before) - prefix.start()) if prefix else at
    if cell_at == row_start:
        return None if prefix else cell_at
    glued = not body[cell_at - 1].isspace()
    if prefix:
        # "…Thông tư số 05/2008/TT-BTP ngày…" belongs to a title; "…phápThông tư số 05/2008/TT-BTP" is a cell
        return cell_at if glued and _ends_cell(body, hit.end()) else None
    if glued:
        return at
    follow = body[hit.end() : hit.end() + 1]
    return at if _ends_cell(body, hit.end()) and (follow == "" or follow.isupper()) else None


def _ends_cell(body: str, end: int) -> bool:
    """After a number cell the next title starts at once, or after one stray space with a capital."""
    follow = body[end : end + 3]
    if follow.strip() == "":
        return True
    if follow[0].isspace():
        return follow.lstrip()[:1].isupper()
    return follow[0] not in ",;.):-"


def _swapped(body: str, hits: list[re.Match[str]], index: int, row_start: int, hit: re.Match[str]) -> LegalBasis | None:
    """A row that begins with a bare number: exchanged columns, unless another number follows at once."""
    if body[hit.end() : hit.end() + 1].isdigit() or not body[hit.end() : hit.end() + 1].isupper():
        return None
    stop = hits[index].start() if index < len(hits) else len(body)
    text = body[hit.end() : stop]
    if index >= len(hits):
        end = stop
    else:
        joints = [joint.start() for joint in _NEXT_TITLE.finditer(text)]
        if not joints:
            return None
        end = hit.end() + joints[-1]
    return LegalBasis(
        title=tidy(body[hit.end() : end]),
        code=tidy(hit[0]),
        swapped=True,
        state=ParseState.GUESS,
        reasons=(Reason("legal_columns_swapped", tidy(hit[0])),),
        raw=body[row_start:end],
    )


def _last_row(rest: str) -> LegalBasis:
    """A title without number; when its own words hold a number, that one is taken as a guess."""
    title = tidy(rest)
    inner = _CODE.search(title)
    if inner:
        reason = Reason("legal_split_unsure", title[:160])
        return LegalBasis(title, inner[0], state=ParseState.GUESS, reasons=(reason,), raw=rest)
    reason = Reason("legal_code_missing", title[:160])
    return LegalBasis(title, "", state=ParseState.REVIEW, reasons=(reason,), raw=rest)


def read_results(body: str) -> Parsed[tuple[Result, ...]]:
    """Names before "Mã:" and the codes after it; codes are stored as written, whatever their form."""
    if body.strip() in ("", NO_INFORMATION):
        return Parsed((), ParseState.MISSING, (Reason("not_stated"),))
    rows: list[Result] = []
    at = 0
    while True:
        mark = body.find(_RESULT_MARK, at)
        if mark < 0:
            break
        code = _RESULT_CODE.match(body, mark + len(_RESULT_MARK))
        end = code.end() if code else mark + len(_RESULT_MARK)
        stated = body[mark + len(_RESULT_MARK) : end].strip()
        reasons: tuple[Reason, ...] = ()
        if not stated:
            reasons = (Reason("result_code_missing", tidy(body[at:mark])[:120]),)
        elif not _USUAL_CODE.fullmatch(stated):
            reasons = (Reason("result_code_odd", stated),)
        rows.append(
            Result(
                name=tidy(body[at:mark]),
                code=stated,
                state=ParseState.GUESS if reasons else ParseState.OK,
                reasons=reasons,
                raw=body[at:end],
            )
        )
        at = end
    rest = body[at:]
    if rest.strip():
        reason = Reason("result_code_missing", tidy(rest)[:120])
        rows.append(Result(tidy(rest), "", state=ParseState.GUESS, reasons=(reason,), raw=rest))
    elif rest and rows:
        last = rows[-1]
        rows[-1] = Result(last.name, last.code, last.state, last.reasons, last.raw + rest)
    reasons = tuple(dict.fromkeys(reason for row in rows for reason in row.reasons))
    return Parsed(tuple(rows), weakest(row.state for row in rows), reasons)


def looks_like_code(text: str) -> bool:
    """Whether a whole cell is the number of an act, with or without its kind before it."""
    plain = tidy(text)
    hit = _CODE.search(plain)
    return bool(hit and hit.end() == len(plain) and len(plain) - len(hit[0]) <= 24)
