"""The proof of the measures: for each, over random filters, units and periods, the records are the figure, the book is
the count of the records, the parts are the whole, a viewer's own rights take records away and never change the number, and
what was known at a moment is what the lines of the book known then add up to."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from langbiang.foundation.access import SYSTEM, Actor

from . import book, counting, declaring, proving, queries
from .declaring import Measure
from .models import Fact, Mix
from .scope import Scope, Value

TRIES = 3


@dataclass
class Verdict:
    """What came out for one measure."""

    name: str
    checks: int = 0
    failures: list[str] = field(default_factory=list)
    kept: bool = False

    def expect(self, what: str, found: object, wanted: object, scope: Scope) -> None:
        """Note a comparison."""
        self.checks += 1
        if found != wanted:
            where = "all agencies" if scope.agencies is None else f"{len(scope.agencies)} agencies"
            asked = ", ".join([f"{scope.first} to {scope.last}", where, *(f"{k}={v}" for k, v in scope.filters.items())])
            self.failures.append(f"{what}: {found}, wanted {wanted} ({asked})")


def verify(name: str, *, samples: int, seed: int, until: date, viewers: Sequence[Actor] = ()) -> Verdict:
    """Check a measure over random questions; a question about everything is always among them.

    `viewers` are people whose own rights are tried; two of them a question, drawn by the seed.
    """
    found = declaring.known(name)
    verdict = Verdict(name, kept=book.is_kept(found.records))
    dice, persons = random.Random(f"{seed}:{name}"), random.Random(f"{seed}:{name}:viewers")
    for scope in _scopes(found, samples, dice, until):
        asking = persons.sample(list(viewers), min(2, len(viewers)))
        back = persons.randint(0, 200)
        for _again in range(TRIES):
            # What happens while it is asked is no failure: it is asked once more when the book has followed.
            book.follow(at=timezone.now)
            tried = Verdict(name)
            with transaction.atomic():
                _check(found, tried, scope)
                _check_viewers(found, tried, scope, asking)
                if verdict.kept and not found.looks_ahead:
                    _check_known(found, tried, scope, until - timedelta(days=back))
            if not tried.failures:
                break
        verdict.checks += tried.checks
        verdict.failures += tried.failures
    return verdict


def _check(found: Measure, verdict: Verdict, scope: Scope) -> None:
    raw = counting.by_agency(found, scope)
    kept = queries.by_agency(found.name, scope)
    whole = queries.total(found.name, scope)
    verdict.expect("the book and the records", {k: v for k, v in kept.items() if v.top or v.base},
                   {k: v for k, v in raw.items() if v.top or v.base}, scope)  # fmt: skip
    verdict.expect("the parts and the whole", sum(kept.values(), found.nothing), whole, scope)
    if found.is_ratio:
        top, base = (sum(getattr(value, part) or 0 for value in raw.values()) for part in ("top", "base"))
        verdict.expect("the share and the share of the sums", whole.number, found.scale * top / base if base else None, scope)
    for part in found.part_names:
        behind = queries.records(SYSTEM, found.name, scope, base=part == "base", limit=1)
        wanted = whole.top if part == "top" else whole.base
        rows = counting.behind(found, found.records.rows(None), part, scope).order_by()
        column = found.columns[found.part_names.index(part)]
        if column:
            summed = sum(n or 0 for (n,) in rows.values_list(column))
            verdict.expect(f"the sum of the records of the {part}", summed, wanted, scope)
            verdict.expect(f"how many records the {part} has", behind.total, rows.count(), scope)
        else:
            verdict.expect(f"the records of the {part}", rows.count(), wanted, scope)
            verdict.expect(f"how many records the {part} has", behind.total, wanted, scope)
    if not found.is_stock:
        days = queries.by_day(found.name, scope)
        verdict.expect("the days and the whole", sum(days.values(), found.nothing), whole, scope)
        cells = queries.by_agency_and_day(found.name, scope)
        verdict.expect("the agencies' days and the whole", sum(n for here in cells.values() for n in here.values()), whole.top, scope)
        return
    last = queries.by_day(found.name, replace(scope, first=max(scope.first, scope.last - timedelta(days=9))))
    verdict.expect("the last day and the stock", last[scope.last], whole, scope)


def _check_viewers(found: Measure, verdict: Verdict, scope: Scope, viewers: Sequence[Actor]) -> None:
    """The number is the same for everybody; the list is that of everything, less what the viewer may not open."""
    for part in found.part_names:
        whole = counting.behind(found, found.records.rows(None), part, scope).order_by()
        for viewer in viewers:
            said = queries.records(viewer, found.name, scope, base=part == "base", limit=20)
            mine = whole.filter(pk__in=found.records.rows(viewer).order_by().values("pk"))
            verdict.expect(f"the number {viewer.label} is told of the {part}", said.total, whole.count(), scope)
            openable = min(mine.count(), queries.COUNTED)
            verdict.expect(f"how many {viewer.label} may open of the {part}", said.openable, openable, scope)
            listed = [row.pk for row in said.rows]
            moment = "_since" if found.is_stock else "_at"
            newest = list(mine.order_by(f"-{moment}", "-pk").values_list("pk", flat=True)[:20])
            verdict.expect(f"what {viewer.label} is shown of the {part}", listed, newest, scope)


def _check_known(found: Measure, verdict: Verdict, scope: Scope, day: date) -> None:
    """What was known at a moment: the arithmetic of the sums against the lines of the book, added up one by one."""
    moment = timezone.make_aware(datetime.combine(day, time(11, 30)))
    then = replace(scope, known_at=moment)
    begins, ends = (None, then.ends) if found.is_stock else (then.begins, then.ends)
    sums = dict.fromkeys(found.part_names, 0)
    if begins is None or begins < ends:
        rows = Fact.objects.filter(part_id__in=found.numbers.values(), at__lt=ends, **({} if begins is None else {"at__gte": begins}))
        names = {number: part for part, number in found.numbers.items()}
        mixes = dict(Mix.objects.filter(records=found.records.name).values_list("pk", "values"))
        lines = rows.values_list("part_id", "agency_id", "amount", "known_from", "known_to", "mix_id")
        for part, agency, amount, since, until, mix in lines.iterator(chunk_size=10_000):
            inside = scope.agencies is None or agency in scope.agencies
            alike = all(mixes[mix].get(key) == value for key, value in scope.filters.items() if value and key in found.records.filters)
            if inside and alike and since <= moment and (until is None or until > moment):
                sums[names[part]] += amount
    wanted = Value(sums["top"], sums.get("base") if found.is_ratio else None, found.scale)
    verdict.expect(f"what was known at {moment:%Y-%m-%d}", queries.total(found.name, then), wanted, scope)


def prove(name: str, *, samples: int, seed: int, until: date) -> list[Verdict]:
    """Ask a proof of a room; a verdict for each figure it speaks of."""
    found: dict[str, Verdict] = {}
    for each in proving.proofs()[name](samples, random.Random(f"{seed}:{name}"), until):
        verdict = found.setdefault(each.figure, Verdict(f"{name}/{each.figure}", kept=True))
        verdict.checks += 1
        if each.found != each.wanted:
            verdict.failures.append(f"{each.what}: {each.found}, wanted {each.wanted}")
    return list(found.values())


def _scopes(found: Measure, samples: int, dice: random.Random, until: date) -> Iterator[Scope]:
    """Everything, then random periods, agencies, filters and moments."""
    everything = Scope(until - timedelta(days=400), until)
    yield everything
    agencies = sorted(queries.by_agency(found.name, everything)) or [0]
    for _n in range(samples):
        last = until - timedelta(days=dice.randint(0, 300))
        scope = Scope(last - timedelta(days=dice.choice([0, 1, 6, 29, 89, 364])), last)
        if dice.random() < 0.6:
            scope = replace(scope, agencies=frozenset(dice.sample(agencies, dice.randint(1, min(12, len(agencies))))))
        filters = {}
        for key, each in found.records.filters.items():
            choices = [value for value, _title in each.choices()]
            if choices and dice.random() < 0.4:
                filters[key] = dice.choice(choices)
        yield replace(scope, filters=filters)
