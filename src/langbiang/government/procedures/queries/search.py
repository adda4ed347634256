"""Search of the catalogue as people type: without marks, with slips, by abbreviation or by code.

What a version can be found by is a hand-made tsvector of folded syllables and bigrams (`index_text`), written by the
services that write versions. A question costs one query to the database, two where nothing holds every word.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import log
from typing import Any

from django.db import connection

from langbiang.foundation.language.folding import fold, syllables

from ..models import ProcedureVersion
from .spelling import Vocabulary, vocabulary
from .wording import Reading, Want, understand

AUDIENCES = {
    "citizen": ("Công dân Việt Nam", "Người Việt Nam định cư ở nước ngoài", "Người nước ngoài", "Cán bộ, công chức, viên chức"),
    "business": (
        "Doanh nghiệp", "Doanh nghiệp Việt Nam", "Doanh nghiệp có vốn đầu tư nước ngoài", "Hợp tác xã", "Hộ kinh doanh",
        "Tổ chức", "Tổ chức nước ngoài", "Tổ chức (không bao gồm doanh nghiệp, HTX)",
    ),
}  # fmt: skip
_VOCABULARY_SECONDS = 300.0
_MOST_POSITION = 16_000
_MOST_RANKED = 400
_LEAST_HELD = 0.4
_kept: tuple[float, Vocabulary] | None = None


@dataclass(frozen=True)
class Hit:
    """One procedure found."""

    version_id: int
    code: str
    title: str
    title_en: str
    field: str
    field_name: str
    levels: tuple[str, ...]
    online_level: str
    is_fileable: bool
    snippet: str


@dataclass(frozen=True)
class Found:
    """A page of hits. `total` counts all of them; `after` asks for the next page (None: this is the last)."""

    hits: tuple[Hit, ...]
    total: int
    after: int | None
    corrected: str = ""
    is_partial: bool = False  # no procedure holds every word: these hold the most telling ones
    words: tuple[str, ...] = ()


def index_text(version: ProcedureVersion) -> str:
    """What a version is found by, as the text of a tsvector: title A, keywords and field B, results C, summary D.

    Reads `version.field`, `version.results` and `version.procedure`; saved or not.
    """
    results = [r.name for r in version.results.all()] if version.pk else []
    parts = (
        ("A", (version.title, version.title_en)),
        ("B", (version.keywords, version.field.name, version.field.name_en)),
        ("C", results),
        ("D", (version.summary[:2000], version.procedure.code)),
    )
    places: dict[str, list[str]] = {}
    position = 0
    for weight, texts in parts:
        for text in texts:
            words = syllables(text)
            for i, word in enumerate(words):
                position = min(position + 1, _MOST_POSITION)
                places.setdefault(word, []).append(f"{position}{weight}")
                if i + 1 < len(words):
                    places.setdefault(f"{word}_{words[i + 1]}", []).append(f"{position}{weight}")
            position = min(position + 2, _MOST_POSITION)
    return " ".join(f"'{term}':{','.join(at[:60])}" for term, at in places.items())


def reindex(version_ids: Iterable[int] | None = None) -> int:
    """Write what versions are found by (all of them without ids) and give how many; for services and imports."""
    versions = ProcedureVersion.objects.select_related("field", "procedure").prefetch_related("results")
    if version_ids is not None:
        versions = versions.filter(pk__in=list(version_ids))
    done = 0
    batch: list[tuple[int, str, str]] = []

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procedures_procedureversion v SET search = n.search::tsvector, title_folded = n.title"
                " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(id, search, title) WHERE v.id = n.id",
                [list(column) for column in zip(*batch, strict=True)],
            )

    for version in versions.order_by("pk").iterator(chunk_size=500):
        batch.append((version.pk, index_text(version), fold(version.title)))
        done += 1
        if len(batch) == 500:
            write()
            batch = []
    if batch:
        write()
    forget_vocabulary()
    return done


def known_words(now: float | None = None) -> Vocabulary:
    """The syllables of the published catalogue, kept in memory for some minutes: one query when they are read anew."""
    global _kept
    now = time.monotonic() if now is None else now
    if _kept is None or now - _kept[0] > _VOCABULARY_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word, ndoc FROM ts_stat($$SELECT search FROM procedures_procedureversion"
                " WHERE state = 'published' AND search IS NOT NULL$$, 'abc')"
            )
            _kept = now, vocabulary(dict(cursor.fetchall()))
    return _kept[1]


def forget_vocabulary() -> None:
    """Read the syllables anew at the next search: the catalogue changed."""
    global _kept
    _kept = None


def search(
    text: str,
    *,
    on: date,
    field: str | None = None,
    level: str | None = None,
    life_event: str | None = None,
    audience: str | None = None,
    online: bool = False,
    limit: int = 20,
    after: int = 0,
) -> Found:
    """Published procedures in force on a day that answer a question, best first. Public: asks for no actor.

    `field` is a field's code, `level` ministry, province or commune, `life_event` a slug, `audience` citizen or
    business, `online` only what can be filed here. An empty text gives an empty page: browsing is `catalogue.browse`. At most 3 queries.
    """
    reading = understand(text, known_words())
    if reading.is_empty:
        return Found((), 0, None)
    narrowed, values = _narrowing(on, field, level, life_event, audience, online)
    after = max(0, min(after, _MOST_RANKED))
    limit = max(1, min(limit, 100))
    if reading.code:
        hits, total = _by_code(reading.code, narrowed, values, limit)
        return Found(hits, total, None)
    hits, total = _with_all(reading, narrowed, values, limit, after)
    partial = False
    if not total and len(reading.wants) > 1:
        hits, total = _with_most(reading, narrowed, values, limit, after)
        partial = bool(total)
    shown = after + len(hits)
    return Found(
        hits,
        total,
        shown if shown < min(total, _MOST_RANKED) and hits else None,
        corrected=reading.corrected,
        is_partial=partial,
        words=_words(reading),
    )


def _words(reading: Reading) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for want in reading.wants for phrase in want.phrases for word in phrase))


def _narrowing(
    on: date, field: str | None, level: str | None, life_event: str | None, audience: str | None, online: bool
) -> tuple[str, list[Any]]:
    """The WHERE of what is in force, and of the facets chosen."""
    where = ["v.state = 'published'", "v.valid_from <= %s", "(v.valid_to IS NULL OR v.valid_to > %s)"]
    values: list[Any] = [on, on]
    if field:
        where.append("f.code = %s")
        values.append(field)
    if level:
        where.append("%s = ANY(v.levels)")
        values.append(level)
    if audience:
        where.append("v.audiences && %s::text[]")
        values.append(list(AUDIENCES.get(audience, (audience,))))
    if online:
        where.append("v.online_level IN ('full', 'partial') AND v.form <> '{}'::jsonb")
    if life_event:
        where.append(
            "EXISTS (SELECT 1 FROM procedures_procedureversion_life_events l JOIN procedures_lifeevent e"
            " ON e.id = l.lifeevent_id WHERE l.procedureversion_id = v.id AND e.slug = %s)"
        )
        values.append(life_event)
    return " AND ".join(where), values


_COLUMNS = (
    "v.id, p.code, v.title, v.title_en, f.code, f.name, v.levels, v.online_level, v.form <> '{}'::jsonb,"
    " left(v.summary, 400), count(*) OVER ()"
)
_FROM = (
    " FROM procedures_procedureversion v JOIN procedures_procedure p ON p.id = v.procedure_id"
    " JOIN procedures_field f ON f.id = v.field_id"
)
# A procedure that can be filed here is likelier to be what was meant; a long title is likelier a special case.
_LIKELIER = (
    " + CASE WHEN v.form <> '{}'::jsonb THEN 0.5 WHEN v.online_level <> 'information' THEN 0.1 ELSE 0 END"
    " - 0.004 * least(length(v.title_folded), 250)"
)


def _by_code(code: str, narrowed: str, values: list[Any], limit: int) -> tuple[tuple[Hit, ...], int]:
    return _fetch(
        f"SELECT {_COLUMNS}{_FROM} WHERE {narrowed} AND (p.code = %s OR p.code LIKE %s) ORDER BY p.code LIMIT %s",
        [*values, code, f"{code}.%", limit],
    )


def _with_all(
    reading: Reading, narrowed: str, values: list[Any], limit: int, after: int
) -> tuple[tuple[Hit, ...], int]:
    """What holds every want: those with the words in their title, side by side and in the order asked, first."""
    must = " & ".join(want.query() for want in reading.wants)
    phrase = " ".join(reading.words)
    like = f"%{phrase}%"
    return _fetch(
        f"SELECT {_COLUMNS}{_FROM} WHERE {narrowed} AND v.search @@ %s::tsquery"
        " ORDER BY CASE WHEN v.title_folded = %s THEN 3 WHEN v.title_folded LIKE %s THEN 1 ELSE 0 END"
        " + CASE WHEN v.search @@ %s::tsquery THEN 1 ELSE 0 END"
        " + 2 * ts_rank('{0.02, 0.1, 0.3, 1.0}', v.search, %s::tsquery)"
        f"{_LIKELIER} DESC, v.title_folded, v.id LIMIT %s OFFSET %s",
        [*values, must, phrase, like, " & ".join(w.query("A") for w in reading.wants), _nice(reading), limit, after],
    )


def _with_most(
    reading: Reading, narrowed: str, values: list[Any], limit: int, after: int
) -> tuple[tuple[Hit, ...], int]:
    """Where nothing holds every want: what holds the most telling ones, and a fair part of what was asked."""
    known = known_words()
    weights = [(want.query(), _weight(want, known)) for want in reading.wants]
    held = " + ".join("CASE WHEN v.search @@ %s::tsquery THEN %s ELSE 0 END" for _ in weights)
    held_values = [value for pair in weights for value in pair]
    least = _LEAST_HELD * sum(weight for _, weight in weights)
    return _fetch(
        f"SELECT {_COLUMNS}{_FROM} WHERE {narrowed} AND v.search @@ %s::tsquery AND ({held}) >= %s"
        f" ORDER BY ({held}) + 2 * ts_rank('{{0.02, 0.1, 0.3, 1.0}}', v.search, %s::tsquery)"
        f"{_LIKELIER} DESC, v.title_folded, v.id LIMIT %s OFFSET %s",
        [*values, " | ".join(q for q, _ in weights), *held_values, least, *held_values, _nice(reading), limit, after],
    )


def _weight(want: Want, known: Vocabulary) -> float:
    """How telling a want is: rare words more than common ones, guesses less, a word no procedure has next to nothing."""
    holders = max((min(known.counts.get(word, 0) for word in phrase) for phrase in want.phrases), default=0)
    most = max(known.counts.values(), default=1)
    if not holders:
        return 0.3
    return round(log(1 + most / holders) * (0.5 if want.is_guess else 1), 4)


def _nice(reading: Reading) -> str:
    """What makes a hit better: each word and each pair of neighbours asked for."""
    terms = dict.fromkeys(_words(reading))
    pairs = [f"{a}_{b}" for a, b in zip(reading.words, reading.words[1:], strict=False)]
    inner = [f"{a}_{b}" for w in reading.wants for p in w.phrases for a, b in zip(p, p[1:], strict=False)]
    return " | ".join(dict.fromkeys([*terms, *pairs, *inner]))


def _fetch(sql: str, values: Sequence[Any]) -> tuple[tuple[Hit, ...], int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    hits = tuple(
        Hit(
            version_id=row[0],
            code=row[1],
            title=row[2],
            title_en=row[3],
            field=row[4],
            field_name=row[5],
            levels=tuple(row[6]),
            online_level=row[7],
            is_fileable=bool(row[8]) and row[7] != "information",
            snippet=_snippet(row[9]),
        )
        for row in rows
    )
    return hits, (rows[0][10] if rows else 0)


def _snippet(summary: str) -> str:
    """The first words of a summary, cut at a word."""
    text = " ".join(summary.split())
    return text if len(text) <= 180 else text[:180].rsplit(" ", 1)[0] + " …"
