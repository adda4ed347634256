"""Read the table of channels, time limits, fees and notes, whose cells run together without separators."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from . import fees, time_limits
from .record import (
    Channel,
    ChannelRow,
    ChannelTable,
    Parsed,
    ParseState,
    Reason,
    weakest,
)
from .sections import CHANNEL_HEAD, NO_INFORMATION
from .time_limits import LimitContext, LimitReader, stated_limit

CHANNELS = {
    "Trực tiếp": Channel.DIRECT,
    "Trực tuyến": Channel.ONLINE,
    "Dịch vụ bưu chính": Channel.POSTAL,
}
_NAMES = "Trực tuyến|Trực tiếp|Dịch vụ bưu chính"
_UNITS = "Ngày làm việc|Ngày|Giờ làm việc|Giờ|Tháng"
_MONEY = r"(?P<money>\d{1,12}(?:,\d{3}){0,4}) ?(?P<currency>VNĐ|Việt Nam Đồng|USD)"
# A complete row: channel, time limit, fee. "Trực tiếp: nộp tại…" in a description is prose: no match.
_ROW = re.compile(
    rf"(?P<channel>{_NAMES})"
    rf"(?P<cell>Không có thông tin|Không quy định|Không|\d{{1,4}}(?:[.,]\d{{1,2}})? (?:{_UNITS})|"
    rf"\d{{1,4}}(?:\.\d{{1,2}})?(?=[MK]))?"
    rf"(?:(?P<word>Miễn phí|Không có thông tin)|{_MONEY})"
)
_STATED = re.compile(rf"(\d{{1,4}}(?:[.,]\d{{1,2}})?) ({_UNITS})")
_NOTE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one row before they are understood."""

    channel: Channel
    duration: str
    bare: Decimal | None
    fee: str
    currency: str
    note: str
    description: str
    raw: str
    splits: tuple[tuple[Decimal | None, str], ...] = ()
    note_closed: bool = True


def read_channels(body: str, context: LimitContext) -> Parsed[ChannelTable]:
    """All complete rows of the table; several rows of one channel are kept as tiers."""
    start = len(CHANNEL_HEAD) if body.startswith(CHANNEL_HEAD) else 0
    hits = list(_ROW.finditer(body, start))
    if not hits:
        missing = body[start:].strip() in ("", NO_INFORMATION)
        state = ParseState.MISSING if missing else ParseState.REVIEW
        detail = body[start:].strip()[:200]
        return Parsed(ChannelTable((), preface=body), state, (Reason("no_channel_rows", detail),))
    ends = [hit.start() for hit in hits[1:]] + [len(body)]
    cells = [_cells(hit, body, end) for hit, end in zip(hits, ends, strict=True)]
    cells = _settle_glued(cells)
    rows = _understand(cells, context)
    reasons: list[Reason] = []
    if body[start : hits[0].start()].strip():
        reasons.append(Reason("channel_preface", body[start : hits[0].start()].strip()[:200]))
    reasons.extend(reason for row in rows for reason in (*row.time_limit.reasons, *row.fee.reasons))
    table = ChannelTable(rows=rows, preface=body[: hits[0].start()])
    return Parsed(table, weakest(row.state for row in rows), tuple(dict.fromkeys(reasons)))


def _cells(hit: re.Match[str], body: str, end: int) -> _Cells:
    rest = body[hit.end() : end]
    note, description, closed = split_note(rest)
    channel = CHANNELS[hit["channel"]]
    duration = hit["cell"] or ""
    bare = Decimal(duration) if duration[:1].isdigit() and " " not in duration else None
    fee, currency = hit["word"] or hit["money"], hit["currency"] or ""
    splits: tuple[tuple[Decimal | None, str], ...] = ()
    if not duration and hit["money"]:
        splits = glued_readings(hit["money"])
    raw = body[hit.start() : end]
    return _Cells(channel, duration, bare, fee, currency, note, description, raw, splits, closed)


def split_note(rest: str) -> tuple[str, str, bool]:
    """The note in brackets right after the fee, and the description after it; brackets may nest."""
    if not rest.startswith("("):
        return "", rest.strip(), True
    depth = 0
    for at, char in enumerate(rest[:_NOTE_LIMIT]):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return rest[1:at].strip(), rest[at + 1 :].strip(), True
    close = rest.rfind(")", 0, _NOTE_LIMIT)
    if close > 0:
        return rest[1:close].strip(), rest[close + 1 :].strip(), False
    return rest[1:].strip(), "", False


def glued_readings(money: str) -> tuple[tuple[Decimal | None, str], ...]:
    """Ways to read "1500,000" as a time limit without unit and a fee: here only 1 and 500,000.

    A fee starts with 1 to 3 digits, not with 0 unless it is 0; a time limit has at most 3 digits. None: the
    whole number may also be the fee, with an empty time limit.
    """
    digits, comma, groups = money.partition(",")
    readings: list[tuple[Decimal | None, str]] = []
    for cut in range(1, min(len(digits), 4)):
        head = digits[cut:]
        if digits[0] == "0" or len(head) > 3 or (head[0] == "0" and (len(head) > 1 or comma)):
            continue
        readings.append((Decimal(digits[:cut]), head + comma + groups))
    if readings and len(digits) <= 3:
        readings.append((None, money))
    return tuple(readings)


def _settle_glued(cells: Sequence[_Cells]) -> list[_Cells]:
    """Choose among the readings of a glued number: what other rows say, then a fee one can pay, then 1."""
    written = {cell.bare for cell in cells if cell.bare is not None}
    settled: list[_Cells] = []
    for cell in cells:
        if not cell.splits:
            settled.append(cell)
            continue
        choice = min(
            cell.splits,
            key=lambda reading: (
                reading[0] not in written,
                reading[0] is None,
                reading[1] == "0",
                reading[0] or 0,
            ),
        )
        settled.append(replace(cell, duration=str(choice[0] or ""), bare=choice[0], fee=choice[1]))
    return settled


def _understand(cells: Sequence[_Cells], context: LimitContext) -> tuple[ChannelRow, ...]:
    reader = LimitReader(context)
    limits = []
    for cell in cells:
        own_words = f"{cell.note}\n{cell.description}"
        stated = _STATED.fullmatch(cell.duration)
        if stated:
            limit = stated_limit(cell.duration, Decimal(stated[1].replace(",", ".")), stated[2])
            limits.append(reader.check(limit, own_words=own_words))
        else:
            limits.append(reader.read(cell.duration, cell.bare, own_words=own_words))
    limits = time_limits.compare_channels(limits, [cell.bare for cell in cells])
    title = context.title
    read = fees.compare_channels(
        [fees.read_fee(c.fee, currency=c.currency, note=c.note, description=c.description, title=title) for c in cells]
    )
    read = fees.check_against_steps(read, context.steps)
    rows = []
    for cell, limit, fee in zip(cells, limits, read, strict=True):
        if cell.splits:
            ways = " / ".join(f"{amount or '-'} + {money}" for amount, money in cell.splits)
            glued = Reason("duration_and_fee_glued", ways)
            unsure = len(cell.splits) > 1
            limit = replace(
                limit,
                state=ParseState.REVIEW if unsure else limit.state,
                reasons=(*limit.reasons, glued),
            )
            if unsure:
                fee = replace(fee, state=ParseState.REVIEW, reasons=(*fee.reasons, glued))
        if not cell.note_closed:
            fee = replace(
                fee,
                state=weakest((fee.state, ParseState.GUESS)),
                reasons=(*fee.reasons, Reason("note_unbalanced", cell.note[:100])),
            )
        rows.append(
            ChannelRow(channel=cell.channel, time_limit=limit, fee=fee, description=cell.description, raw=cell.raw)
        )
    return tuple(rows)
