"""The proof of the measures: for each, over random filters, units and periods, the records are the figure, the book is
the count of the records, and the parts are the whole."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from langbiang.foundation.access import SYSTEM

from . import book, counting, declaring, queries
from .declaring import Measure
from .scope import Scope

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


def verify(name: str, *, samples: int, seed: int, until: date) -> Verdict:
    """Check a measure over random questions; a question about everything is always among them."""
    found = declaring.known(name)
    verdict = Verdict(name, kept=book.is_kept(found.records))
    for scope in _scopes(found, samples, random.Random(f"{seed}:{name}"), until):
        for _again in range(TRIES):
            # What happens while it is asked is no failure: it is asked once more when the book has followed.
            book.follow(at=timezone.now)
            tried = Verdict(name)
            with transaction.atomic():
                _check(found, tried, scope)
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
        return
    last = queries.by_day(found.name, replace(scope, first=max(scope.first, scope.last - timedelta(days=9))))
    verdict.expect("the last day and the stock", last[scope.last], whole, scope)


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
