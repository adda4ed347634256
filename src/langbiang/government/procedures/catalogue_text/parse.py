"""One exported record to one ``ParsedRecord``. Never raises on text: what cannot be read says why."""

import datetime as dt
import re
from collections.abc import Mapping

from .channels import read_channels
from .documents import read_documents
from .legal import read_legal_bases, read_results
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
from .record import ChannelTable, Parsed, ParsedRecord, ParseState, Reason, Section
from .rules import TimeLimitRule, time_limit_rules
from .sections import FIELD_OF_KEY, HEADINGS, compose, cut, normalise
from .time_limits import LimitContext

MAX_CHARACTERS = 2_000_000
CODE = re.compile(r"\d\.\d{6}(?:\.H\d{2})?")


def parse_record(
    raw: Mapping[str, str],
    *,
    rules: tuple[TimeLimitRule, ...] | None = None,
    on: dt.date | None = None,
) -> ParsedRecord:
    """Read one flattened catalogue page.

    ``raw``: the exported fields; ``raw_text`` (the whole page) is preferred, since an export may have cut
    its split fields in the wrong place. ``rules``: legal rows for time limits without unit (default: those
    shipped); ``on``: the day whose rules count (default: all). Linear in the length of the text.
    """
    fields = {key: value for key, value in raw.items() if isinstance(key, str) and isinstance(value, str)}
    full = fields.get("raw_text", "")
    shape, problems = "flattened_text", []
    if not full.strip():
        if any(fields.get(FIELD_OF_KEY[key], "").strip() for key in ("channels", "documents")):
            full, shape = compose(fields), "split_fields"
            problems.append(Reason("split_fields_only"))
        else:
            return _failed("", "flattened_text", fields, Reason("empty_text"))
    if len(full) > MAX_CHARACTERS:
        return _failed(full[:1000], shape, fields, Reason("text_too_large", str(len(full))))
    text = normalise(full)
    sections = cut(text)
    if not sections:
        return _failed(text, shape, fields, Reason("not_a_catalogue_page", tidy(text[:200])))
    bodies = {section.key: section.body for section in sections}
    absent = [key for key in HEADINGS if key not in bodies]
    problems.extend(Reason("heading_missing", HEADINGS[key]) for key in absent)
    title = _title(bodies)
    field = read_cell(bodies.get("field", ""))
    steps = read_prose(bodies.get("steps_text", ""))
    context = LimitContext(
        title=title.value,
        field=field.value,
        steps=steps.value,
        rules=time_limit_rules() if rules is None else rules,
        on=on,
    )
    return ParsedRecord(
        source_shape=shape,
        text=text,
        sections=sections,
        code=_code(bodies.get("code", ""), fields.get("ma_thu_tuc", "")),
        title=title,
        decision_no=read_cell(bodies.get("decision_no", "")),
        levels=match_list(bodies.get("levels", ""), LEVELS),
        kind=match_one(bodies.get("kind", ""), KINDS),
        field=field,
        audiences=match_list(bodies.get("audiences", ""), AUDIENCES),
        competent_agencies=read_agencies(bodies.get("competent_agencies", "")),
        reception_address=read_prose(bodies.get("reception_address", "")),
        delegated_agencies=read_agencies(bodies.get("delegated_agencies", "")),
        coordinating_agencies=read_agencies(bodies.get("coordinating_agencies", "")),
        related=_related(bodies.get("related", "")),
        steps_text=steps,
        channels=read_channels(bodies.get("channels", ""), context),
        documents=read_documents(bodies.get("documents", "")),
        legal_bases=read_legal_bases(bodies.get("legal_bases", "")),
        implementing_agencies=read_agencies(bodies.get("implementing_agencies", "")),
        requirements=read_prose(bodies.get("requirements", "")),
        results=read_results(bodies.get("results", "")),
        keywords=read_prose(bodies.get("keywords", "")),
        description=read_prose(bodies.get("description", "")),
        detail_url=fields.get("detail_url", "").strip(),
        problems=tuple(problems),
    )


def _title(bodies: Mapping[str, str]) -> Parsed[str]:
    lead, title = tidy(bodies.get("lead", "")), tidy(bodies.get("title", ""))
    if lead and title and lead != title:
        return Parsed(title, ParseState.GUESS, (Reason("title_differs", lead[:200]),))
    return read_cell(title or lead)


def _code(body: str, exported: str) -> Parsed[str]:
    hit = CODE.search(body)
    given = CODE.fullmatch(exported.strip())
    if hit is None:
        if given:
            return Parsed(given[0], ParseState.GUESS, (Reason("code_unreadable", tidy(body)[:60]),))
        return Parsed("", ParseState.REVIEW, (Reason("code_unreadable", tidy(body)[:60]),))
    if given and given[0] != hit[0]:
        return Parsed(hit[0], ParseState.REVIEW, (Reason("code_differs", given[0]),))
    return Parsed(hit[0])


def _related(body: str) -> Parsed[tuple[str, ...]]:
    cell = read_cell(body)
    if cell.state is ParseState.MISSING:
        return Parsed((), cell.state, cell.reasons)
    codes = tuple(dict.fromkeys(CODE.findall(cell.value)))
    return Parsed(codes or (cell.value,), ParseState.OK if codes else ParseState.GUESS)


def _failed(text: str, shape: str, fields: Mapping[str, str], reason: Reason) -> ParsedRecord:
    """A record whose text was not read; what the export gave beside it is kept for the list of failures."""
    nothing = Parsed("", ParseState.MISSING, (reason,))
    exported_title = tidy(normalise(fields.get("ten_thu_tuc", "")[:2000]))
    return ParsedRecord(
        source_shape=shape,
        text=text,
        sections=(Section("lead", "", text),) if text else (),
        code=_code("", fields.get("ma_thu_tuc", "")),
        title=Parsed(exported_title, ParseState.GUESS, (reason,)) if exported_title else nothing,
        decision_no=nothing,
        levels=Parsed((), ParseState.MISSING),
        kind=nothing,
        field=nothing,
        audiences=Parsed((), ParseState.MISSING),
        competent_agencies=Parsed((), ParseState.MISSING),
        reception_address=nothing,
        delegated_agencies=Parsed((), ParseState.MISSING),
        coordinating_agencies=Parsed((), ParseState.MISSING),
        related=Parsed((), ParseState.MISSING),
        steps_text=nothing,
        channels=Parsed(ChannelTable(()), ParseState.MISSING, (reason,)),
        documents=Parsed((), ParseState.MISSING, (reason,)),
        legal_bases=Parsed((), ParseState.MISSING),
        implementing_agencies=Parsed((), ParseState.MISSING),
        requirements=nothing,
        results=Parsed((), ParseState.MISSING),
        keywords=nothing,
        description=nothing,
        detail_url=fields.get("detail_url", "").strip(),
        problems=(reason,),
    )
