"""Open data for everybody: a list, and each figure by unit and month as CSV and SDMX-JSON."""

from datetime import date

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules

from .. import open_data, open_pages, queries
from ..declaring import Measure, NoSuchMeasure

MONTHS = 24


@rules.public
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """What figures are open, and how they are made."""
    opened = [each for each in queries.every() if each.open_data]
    return render(
        request, "measures/open_data.html",
        {"measures": opened, "pages": list(open_pages.PAGES.values()), "fewest": open_data.FEWEST, "months": MONTHS},
    )  # fmt: skip


@rules.public
@require_GET
@cache_control(public=True, max_age=3600)
def as_csv(request: HttpRequest, name: str) -> HttpResponse:
    """The last 24 whole months by unit."""
    found = _opened(name)
    text = "\ufeff" + open_data.as_csv(found, open_data.table(found, *_period()))
    return HttpResponse(
        text, content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name.replace(".", "-")}.csv"'},
    )  # fmt: skip


@rules.public
@require_GET
@cache_control(public=True, max_age=3600)
def as_json(request: HttpRequest, name: str) -> HttpResponse:
    """The same as SDMX-JSON 2.0."""
    found = _opened(name)
    message = open_data.as_sdmx(found, open_data.table(found, *_period()), prepared=timezone.localtime())
    return JsonResponse(message, content_type="application/vnd.sdmx.data+json; version=2.0.0; charset=utf-8")


def _opened(name: str) -> Measure:
    found = queries.known(name)
    if not found.open_data:
        raise NoSuchMeasure(field="measure")
    return found


def _period() -> tuple[date, date]:
    """The last whole months; the running one is not told yet."""
    today = timezone.localdate()
    last = date.fromordinal(today.replace(day=1).toordinal() - 1)
    earlier = last.year * 12 + last.month - MONTHS
    return date(earlier // 12, earlier % 12 + 1, 1), last
