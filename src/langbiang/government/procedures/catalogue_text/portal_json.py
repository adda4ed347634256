"""The portal's own JSON (service ``LayThuTuc``) to the same ``ParsedRecord`` as the flattened pages.

Cells come apart here, but they hold the same traps: a fee of 0 whose note leaves it to the People's Council,
a time limit without unit, titles and numbers exchanged. So the same readers judge them.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from .fees import FREE, read_fee
from .fees import compare_channels as compare_fees
from .legal import looks_like_code
from .parse import CODE, MAX_CHARACTERS
from .parties import (
    AUDIENCES,
    KINDS,
    LEVELS,
    match_list,
    match_one,
    read_agencies,
    read_cell,
    read_prose,
    tidy,
)
from .record import (
    Channel,
    ChannelRow,
    ChannelTable,
    DocumentGroup,
    DocumentRow,
    Fee,
    LegalBasis,
    Parsed,
    ParsedRecord,
    ParseState,
    Reason,
    Result,
    TimeLimit,
    weakest,
)
from .rules import TimeLimitRule, time_limit_rules
from .sections import NO_INFORMATION, normalise
from .time_limits import UNITS, LimitContext, LimitReader, stated_limit
from .time_limits import compare_channels as compare_limits

_CHANNELS = {
    "1": Channel.DIRECT,
    "2": Channel.ONLINE,
    "3": Channel.POSTAL,
    "trực tiếp": Channel.DIRECT,
    "trực tuyến": Channel.ONLINE,
    "dịch vụ bưu chính": Channel.POSTAL,
}


def _text(node: Any, *keys: str) -> str:
    if not isinstance(node, Mapping):
        return ""
    for key in keys:
        value = node.get(key)
        if isinstance(value, str) and value.strip():
            return normalise(value[:MAX_CHARACTERS]).strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def _list(node: Any, key: str) -> list[Mapping[str, Any]]:
    value = node.get(key) if isinstance(node, Mapping) else None
    if isinstance(value, Mapping):
        value = [value]
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _decimal(text: str) -> Decimal | None:
    plain = text.replace(",", "").replace(" ", "")
    if not plain or len(plain) > 18:
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None


def parse_lay_thu_tuc(answer: Mapping[str, Any], *, rules: tuple[TimeLimitRule, ...] | None = None) -> ParsedRecord:
    """Read one answer of the service. Unknown or ill-typed members count as absent; never raises on data."""
    root = answer if isinstance(answer, Mapping) else {}
    title = read_cell(_text(root, "TENTTHC"))
    field_text = ", ".join(filter(None, (_text(item, "TENLINHVUC") for item in _list(root, "LINHVUCTHUCHIEN"))))
    field = read_cell(field_text or _text(root, "LINHVUCTHUCHIEN", "TENLINHVUC"))
    steps = read_prose(_steps(root))
    context = LimitContext(
        title=title.value,
        field=field.value,
        steps=steps.value,
        rules=time_limit_rules() if rules is None else rules,
    )
    code = _text(root, "MATTHC")
    missing = Parsed("", ParseState.MISSING, (Reason("not_stated"),))
    problems = () if code and title.value else (Reason("not_a_catalogue_page"),)
    agencies = ", ".join(filter(None, (_text(item, "TENDONVI") for item in _list(root, "COQUANTHUCHIEN"))))
    return ParsedRecord(
        source_shape="lay_thu_tuc",
        text="",
        sections=(),
        code=_code(code),
        title=title,
        decision_no=read_cell(_text(root, "SOQUYETDINH", "QDCONGBO")),
        levels=match_list(_text(root, "CAPTHUCHIEN"), LEVELS),
        kind=match_one(_text(root, "LOAITHUTUC"), KINDS),
        field=field,
        audiences=match_list(_text(root, "MOTADOITUONGTHUCHIEN"), AUDIENCES),
        competent_agencies=read_agencies(_text(root, "COQUANCOTHAMQUYEN")),
        reception_address=missing,
        delegated_agencies=Parsed((), ParseState.MISSING),
        coordinating_agencies=Parsed((), ParseState.MISSING),
        related=Parsed((), ParseState.MISSING),
        steps_text=steps,
        channels=_channels(root, context),
        documents=_documents(root),
        legal_bases=_legal_bases(root),
        implementing_agencies=read_agencies(agencies),
        requirements=read_prose(_text(root, "YEUCAU")),
        results=_results(root),
        keywords=missing,
        description=read_prose(_text(root, "MOTA")),
        problems=problems,
    )


def _code(stated: str) -> Parsed[str]:
    if CODE.fullmatch(stated):
        return Parsed(stated)
    return Parsed(stated[:60], ParseState.REVIEW, (Reason("code_unreadable", stated[:60]),))


def _steps(root: Mapping[str, Any]) -> str:
    lines: list[str] = []
    for case in _list(root, "TRINHTUTHUCHIEN"):
        head = _text(case, "TRUONGHOP")
        if head:
            lines.append(head)
        lines.extend(_text(step, "TENTRINHTU") for step in _list(case, "TRINHTU"))
    return "\n".join(line for line in lines if line) or _text(root, "TRINHTUTHUCHIEN")


def _channels(root: Mapping[str, Any], context: LimitContext) -> Parsed[ChannelTable]:
    reader = LimitReader(context)
    limits: list[TimeLimit] = []
    bares: list[Decimal | None] = []
    fees: list[Fee] = []
    heads: list[tuple[Channel, str]] = []
    for way in _list(root, "CACHTHUCTHUCHIEN"):
        channel = _CHANNELS.get(_text(way, "KENH").casefold())
        if channel is None:
            continue
        for time in _list(way, "THOIGIAN") or [{}]:
            description = _text(time, "MOTA")
            amount = _decimal(_text(time, "THOIGIANGIAIQUYET"))
            unit = tidy(_text(time, "DONVITINH")).lower()
            for price in _list(time, "PHILEPHI") or [{}]:
                note = _text(price, "MOTA")
                cell = f"{amount:f} {unit}".strip() if amount else NO_INFORMATION
                if amount and unit in UNITS:
                    limits.append(stated_limit(cell, amount, unit))
                    bares.append(None)
                else:
                    bare = amount or None
                    limits.append(reader.read(cell, bare, own_words=f"{note}\n{description}"))
                    bares.append(bare)
                money = _decimal(_text(price, "SOTIEN"))
                currency = _text(price, "DONVI") or "VNĐ"
                fee_cell = NO_INFORMATION if money is None else (FREE if money == 0 else f"{money:f}")
                title = context.title
                fees.append(read_fee(fee_cell, currency=currency, note=note, description=description, title=title))
                heads.append((channel, description))
    if not heads:
        return Parsed(ChannelTable(()), ParseState.MISSING, (Reason("no_channel_rows"),))
    rows = tuple(
        ChannelRow(channel=channel, time_limit=limit, fee=fee, description=description, raw="")
        for (channel, description), limit, fee in zip(
            heads, compare_limits(limits, bares), compare_fees(fees), strict=True
        )
    )
    reasons = tuple(dict.fromkeys(r for row in rows for r in (*row.time_limit.reasons, *row.fee.reasons)))
    return Parsed(ChannelTable(rows), weakest(row.state for row in rows), reasons)


def _documents(root: Mapping[str, Any]) -> Parsed[tuple[DocumentGroup, ...]]:
    groups: list[DocumentGroup] = []
    for part in _list(root, "THANHPHANHOSO"):
        rows = tuple(_document(paper) for paper in _list(part, "GIAYTO") if _text(paper, "TENGIAYTO"))
        if rows:
            groups.append(DocumentGroup(label=tidy(_text(part, "TRUONGHOP")), rows=rows))
    if not groups:
        return Parsed((), ParseState.MISSING, (Reason("documents_not_stated"),))
    rows_found = [row for group in groups for row in group.rows]
    reasons = tuple(dict.fromkeys(reason for row in rows_found for reason in row.reasons))
    return Parsed(tuple(groups), weakest(row.state for row in rows_found), reasons)


def _document(paper: Mapping[str, Any]) -> DocumentRow:
    originals, copies = _decimal(_text(paper, "SOBANCHINH")), _decimal(_text(paper, "SOBANSAO"))
    known = originals is not None or copies is not None
    name, form = tidy(_text(paper, "TENGIAYTO")), _text(paper, "TENMAUDON")
    return DocumentRow(
        name=name,
        form_files=(form,) if form else (),
        originals=int(originals or 0) if known else None,
        copies=int(copies or 0) if known else None,
        present_only=known and not originals and not copies,
        code=_text(paper, "MAGIAYTO"),
        url=_text(paper, "URL"),
        state=ParseState.OK if known else ParseState.GUESS,
        reasons=() if known else (Reason("document_without_quantity", name[:120]),),
    )


def _legal_bases(root: Mapping[str, Any]) -> Parsed[tuple[LegalBasis, ...]]:
    rows: list[LegalBasis] = []
    for act in _list(root, "CANCUPHAPLY"):
        code, title = tidy(_text(act, "SOVANBAN")), tidy(_text(act, "TENVANBAN"))
        if not code and not title:
            continue
        if title and looks_like_code(title) and code and not looks_like_code(code):
            reason = Reason("legal_columns_swapped", title[:60])
            rows.append(LegalBasis(code, title, swapped=True, state=ParseState.GUESS, reasons=(reason,)))
        elif not code:
            reason = Reason("legal_code_missing", title[:160])
            rows.append(LegalBasis(title, "", state=ParseState.REVIEW, reasons=(reason,)))
        else:
            rows.append(LegalBasis(title, code))
    if not rows:
        return Parsed((), ParseState.MISSING, (Reason("not_stated"),))
    reasons = tuple(dict.fromkeys(reason for row in rows for reason in row.reasons))
    return Parsed(tuple(rows), weakest(row.state for row in rows), reasons)


def _results(root: Mapping[str, Any]) -> Parsed[tuple[Result, ...]]:
    rows = tuple(
        Result(tidy(_text(item, "TENKETQUA")), _text(item, "MAKETQUA"))
        for item in _list(root, "KETQUATHUCHIEN")
        if _text(item, "TENKETQUA")
    )
    return Parsed(rows) if rows else Parsed((), ParseState.MISSING, (Reason("not_stated"),))
