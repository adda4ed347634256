"""Who has reported what: all units against all indicators at one glance."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from langbiang.foundation.access import Actor, acting, rules
from langbiang.foundation.language.folding import fold
from langbiang.foundation.organizations import queries as organizations

from .. import periods, queries, words
from ..models import Indicator
from ..services.obligations import in_force
from . import parts

ORDER = ("missing", "overdue", "late", "open", "on_time", "waived")
# What rows can be narrowed to: those with at least one report in one of these states.
WITH = {
    "bad": (_("Something is missing or overdue"), frozenset({"missing", "overdue"})),
    "late": (_("Something was sent late"), frozenset({"late"})),
    "open": (_("Something is still to come"), frozenset({"open"})),
    "all_there": (_("Everything due is there"), frozenset({"missing", "overdue", "open"})),
}
# Cells in these states lead to their report, for those who may open it: what is in order needs no hand.
LEADING = frozenset({"missing", "overdue", "late", "open"})


@dataclass(frozen=True)
class Narrowing:
    """What is asked to be seen of the matrix: names that hold some words, a chapter, rows with certain states, an order."""

    name: str = ""
    chapter: str = ""
    state: str = ""
    sort: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Narrowing":
        """As the address says; what makes no sense is as if it was not said."""
        state, sort = request.GET.get("state", ""), request.GET.get("sort", "")
        return cls(
            request.GET.get("q", "").strip()[:60], request.GET.get("chapter", "").strip()[:30], state if state in WITH else "",
            sort if sort == "worst" else "",
        )  # fmt: skip

    def address(self, month: str, **changes: str) -> str:
        """The address of the matrix of a month, narrowed the same way."""
        given = {"month": month, "q": self.name, "chapter": self.chapter, "state": self.state, "sort": self.sort} | changes
        return f"{reverse('indicators:matrix')}?{urlencode({key: value for key, value in given.items() if value})}"

    def keeps(self, row: dict[str, Any]) -> bool:
        """Whether a row is shown."""
        if self.name and not all(word in fold(row["name"]) for word in fold(self.name).split()):
            return False
        if not self.state:
            return True
        has = any(cell.state in WITH[self.state][1] for _each, cell, _leads in row["cells"])
        return not has if self.state == "all_there" else has


@require_GET
@rules.staff("indicators.view")
def matrix(request: HttpRequest) -> HttpResponse:
    """The reports due in one month. Cells say what they mean in words as well as by shape."""
    now = timezone.localtime()
    asked = request.GET.get("month", "")
    month = parts.period_of(asked) if asked else periods.of(now.date(), "M")
    if month.frequency != "M":
        month = periods.of(month.first, "M")
    zone = now.tzinfo
    first = datetime.combine(month.first, datetime.min.time(), tzinfo=zone)
    last = datetime.combine(month.last + timedelta(days=1), datetime.min.time(), tzinfo=zone) - timedelta(microseconds=1)
    indicators = [each for each in in_force(month.last) if each.is_owed]
    found = queries.matrix(
        first=first, last=last, indicators=indicators, units=organizations.commune_agencies(on=month.last)
    )
    actor, narrowing = acting(request), Narrowing.of(request)
    common = [each for each in indicators if "commune" in each.levels]
    chapters = {each.group.code: each.group.name_en if get_language() == "en" else each.group.name for each in common}
    shown = [each for each in common if narrowing.chapter not in chapters or each.group.code == narrowing.chapter]
    every_row = _rows(found, actor, indicators, shown)
    rows = [row for row in every_row if narrowing.keeps(row)]
    if narrowing.sort:
        rows.sort(key=lambda row: (-int(row["bad"]), -int(row["late"])))
    other = "" if narrowing.sort else "worst"
    return render(
        request, "indicators/matrix.html",
        {
            "tabs": parts.tabs(actor, "matrix"), "rows": rows, "all": len(every_row), "indicators": [(each, queries.named(each)) for each in shown],
            "owners": [(each, queries.named(each), organizations.name_of(organizations.agency_id_of(each.owner)), cell)
                       for each, cell in found.owner_cells],
            "counts": [(state, found.counts[state]) for state in ORDER if found.counts.get(state)],
            "month": words.period_words(month), "name": month.name, "narrowing": narrowing, "chapters": chapters.items(),
            "states": [(key, title) for key, (title, _states) in WITH.items()],
            "sort_url": narrowing.address(month.name, sort=other), "plain_url": f"{reverse('indicators:matrix')}?month={month.name}",
            "is_narrowed": bool(narrowing.name or narrowing.state or narrowing.chapter in chapters),
            "before_url": narrowing.address(month.previous.name),
            "after_url": narrowing.address(month.next.name) if month.next.first <= now.date() + timedelta(days=31) else "",
        },
    )  # fmt: skip


def _rows(found: queries.Matrix, actor: Actor, indicators: list[Indicator], shown: list[Indicator]) -> list[dict[str, Any]]:
    """A line for each unit: its cells in the shown columns, how many are not there, how many came late."""
    place = {each.code: n for n, each in enumerate(indicators)}
    rows = []
    for unit, cells in found.rows:
        mine = [cells[place[each.code]] for each in shown]
        may_open = any(actor.may(f"indicators.{act}", agency_id=unit.id) for act in ("report", "verify", "publish"))
        rows.append(
            {
                "name": _short(unit.short_name or unit.name), "own": unit.id == actor.agency_id,
                "cells": [(each, cell, may_open and cell.state in LEADING) for each, cell in zip(shown, mine, strict=True)],
                "bad": sum(cell.state in ("missing", "overdue") for cell in mine),
                "late": sum(cell.state == "late" for cell in mine),
            }
        )  # fmt: skip
    return rows


def _short(name: str) -> str:
    """A unit without the words every unit begins with: the column is narrow."""
    for words_ in ("UBND ", "Ủy ban nhân dân "):
        name = name.removeprefix(words_)
    return name[:1].upper() + name[1:]
