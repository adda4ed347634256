"""Indicators for everybody: the list of those that may be published, and each as CSV and SDMX-JSON."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules
from langbiang.foundation.organizations import queries as organizations

from .. import open_data, queries
from . import parts


@rules.public
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Which indicators are open, what they mean and who answers for them."""
    rows = [
        {"indicator": each, "name": queries.named(each), "unit": parts.unit_words(each), "owner": organizations.name_of(organizations.agency_id_of(each.owner))}
        for each in open_data.publishable(timezone.localdate())
    ]
    return render(request, "indicators/open_data.html", {"rows": rows, "fewest": open_data.FEWEST})


@rules.public
@require_GET
@cache_control(public=True, max_age=3600)
def as_csv(request: HttpRequest, code: str) -> HttpResponse:
    """The published figures of one indicator. Raises NotOpen."""
    today = timezone.localdate()
    each = open_data.opened(code, today)
    return HttpResponse(
        "\ufeff" + open_data.as_csv(each, open_data.table(each, today=today)), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{each.code}.csv"'},
    )  # fmt: skip


@rules.public
@require_GET
@cache_control(public=True, max_age=3600)
def as_json(request: HttpRequest, code: str) -> HttpResponse:
    """The same as SDMX-JSON 2.0. Raises NotOpen."""
    today = timezone.localdate()
    each = open_data.opened(code, today)
    message = open_data.as_sdmx(each, open_data.table(each, today=today), prepared=timezone.localtime())
    return JsonResponse(message, content_type="application/vnd.sdmx.data+json; version=2.0.0; charset=utf-8")
