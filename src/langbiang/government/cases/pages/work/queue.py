"""The queues: what is to be done, most urgent first; several at once where that makes sense."""

import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from langbiang.foundation.access import Actor, Refusal, acting, rules
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.cases import queries
from langbiang.government.cases.models import Case, WorkItem
from langbiang.government.cases.services import clock

from . import actions, fields


def rows_of(items: list[WorkItem], now: datetime) -> list[dict[str, Any]]:
    """Queue rows as the list shows them."""
    return [
        {
            "item": item,
            "case": item.case,
            "procedure": queries.procedure_title(item.case),
            "unit": organizations.name_of(item.case.competent_unit_id),
            "left": clock.days_left(item.case, now),
            "url": reverse("cases:case", args=[item.case_id]),
            "assignee": item.assignee.get_full_name() if item.assignee else "",
        }
        for item in items
    ]


def queue_context(request: HttpRequest, actor: Actor, key: str) -> dict[str, Any]:
    """What every page with the list beside it needs."""
    now = timezone.now()
    text = request.GET.get("q", "").strip()[:100]
    field = request.GET.get("field", "")[:40]
    agency = request.GET.get("unit", "")
    after = request.GET.get("after", "")
    moment = parse_datetime(after.rsplit("~", 1)[0]) if "~" in after else None
    last = after.rsplit("~", 1)[-1]
    narrow = queries.QueueFilter(
        text=text,
        field=field,
        agency_id=int(agency) if agency.isdigit() else None,
        after=(moment.isoformat(), int(last)) if moment and last.isdigit() else None,
    )
    page = queries.queue_page(actor, key, now=now, narrow=narrow)
    counts = queries.queue_counts(actor, now=now)
    kept = {k: v for k, v in (("q", text), ("field", field), ("unit", agency)) if v}

    def address(**changes: str) -> str:
        values = {k: v for k, v in {**kept, **changes}.items() if v}
        return (
            f"{reverse('cases:queue_of', args=[key])}?{urlencode(values)}"
            if values
            else reverse("cases:queue_of", args=[key])
        )

    chips = []
    if text:
        chips.append((_("Search"), text, address(q="")))
    if field:
        chips.append((_("Field"), field, address(field="")))
    if agency.isdigit():
        chips.append((_("Unit"), organizations.name_of(int(agency)), address(unit="")))
    spec = next(s for s in queries.QUEUES if s.key == key)
    return {
        "queue_key": key,
        "queue_spec": spec,
        "tabs": [
            {
                "label": s.title,
                "url": reverse("cases:queue_of", args=[s.key]),
                "current": s.key == key,
                "count": f"{counts.get(s.key, 0)}+" if counts.get(s.key, 0) >= queries.CAP else counts.get(s.key, 0),
            }
            for s in queries.QUEUES
        ],
        "rows": rows_of(page.items, now),
        "chips": chips,
        "search_text": text,
        "next_url": address(after=f"{page.next_key[0]}~{page.next_key[1]}") if page.next_key else "",
        "first_url": address() if narrow.after else "",
        "bulk_actions": [a for a in actions.ACTIONS if a.bulk and a.form in BULK_FORMS],
        "search_url": reverse("cases:search"),
    }


BULK_FORMS = (fields.NoteForm, fields.NothingForm, fields.OfficerForm)


@rules.staff("cases.view")
@require_GET
def queue(request: HttpRequest, key: str = "") -> HttpResponse:
    """One queue; without a name the first that has something for this officer."""
    actor: Actor = acting(request)
    known = [spec.key for spec in queries.QUEUES]
    if not key:
        counts = queries.queue_counts(actor, now=timezone.now())
        key = next((k for k in ("mine", "receive", "sign", "unit", "return", "consult") if counts.get(k)), "unit")
    if key not in known:
        return redirect("cases:queue")
    return render(request, "cases/work/queue.html", queue_context(request, actor, key))


@rules.staff("cases.view")
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Cases by code, filing code or name."""
    actor: Actor = acting(request)
    text = request.GET.get("q", "").strip()[:100]
    now = timezone.now()
    found = queries.search_cases(actor, text)
    if len(found) == 1:
        return redirect("cases:case", found[0].pk)
    rows = [
        {
            "case": case,
            "procedure": queries.procedure_title(case),
            "left": clock.days_left(case, now),
        }
        for case in found
    ]
    return render(
        request, "cases/work/search.html", {"rows": rows, "search_text": text, "search_url": reverse("cases:search")}
    )


@rules.staff("cases.view")
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Several cases at once: first a page that says what will happen to which, then each in a transaction of its own."""
    actor: Actor = acting(request)
    ids = [int(value) for value in request.POST.getlist("case") if value.isdigit()][:100]
    action = actions.BY_KEY.get(request.POST.get("action", ""))
    back = request.POST.get("back", "")
    back = back if back.startswith("/work/") else reverse("cases:queue")
    if action is None or not action.bulk or not ids:
        messages.warning(request, _("Mark at least one case and choose what to do."))
        return HttpResponseRedirect(back)
    cases = [case for case in Case.objects.filter(pk__in=ids).order_by("due_current", "pk")]
    situations = [actions.Situation(actor, c, queries.work_for(actor, queries.open_work(c))) for c in cases]
    possible = [s for s in situations if action.offered(s)]
    left_out = [s.case for s in situations if not action.offered(s)]
    if not possible:
        messages.warning(request, _("None of the marked cases allows “%(action)s” now.") % {"action": action.label})
        return HttpResponseRedirect(back)
    confirmed = request.POST.get("confirmed") == "1"
    form = action.form(request.POST if confirmed else None, actor=actor, case=possible[0].case)
    if not confirmed or not form.is_valid():
        return render(
            request,
            "cases/work/bulk.html",
            {
                "action": action,
                "form": form,
                "cases": [s.case for s in possible],
                "left_out": left_out,
                "back": back,
                "titles": {s.case.pk: queries.procedure_title(s.case) for s in possible},
            },
        )
    token = request.POST.get("once") or str(uuid.uuid4())
    done, failed = 0, []
    for situation in possible:
        basics = {
            "case_id": situation.case.pk,
            "revision": None,
            "key": f"{token[:40]}:{situation.case.pk}",
            "at": timezone.now(),
        }
        try:
            action.execute(situation, form, basics)
            done += 1
        except Refusal as refusal:
            failed.append(f"{situation.case}: {refusal}")
    if done:
        messages.success(request, _("%(action)s: %(count)s done.") % {"action": action.label, "count": done})
    for text in failed:
        messages.error(request, text)
    return HttpResponseRedirect(back)
