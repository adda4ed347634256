"""Messages to and from other systems, their bytes, and the button that sends one again."""

from typing import Any

from django import forms
from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, acting, rules

from .. import queries, services, words
from ..models import DEAD, OPEN, Outgoing

PAGE = 50
MOST_SHOWN = 20_000
LONGEST_NUMBER = 2**63 - 1
VIEWS = {"open": OPEN, "dead": DEAD, "acked": ("acked",)}


class ReplayForm(forms.Form):
    """Why a message is sent again."""

    reason = forms.CharField(
        label=gettext_lazy("Why is it sent again?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


def tabs(current: str) -> list[dict[str, Any]]:
    """The views of the exchange."""
    listing = reverse("exchange:queue")
    lines = (
        ("systems", _("Systems"), reverse("exchange:systems")),
        ("open", _("On their way"), listing),
        ("dead", _("Need a person"), f"{listing}?view=dead"),
        ("acked", _("Arrived"), f"{listing}?view=acked"),
        ("inbox", _("Received here"), reverse("exchange:inbox")),
    )
    return [{"label": label, "url": url, "current": key == current} for key, label, url in lines]


def _number(text: str) -> int:
    return int(text) if text.isdigit() and int(text) <= LONGEST_NUMBER else 0


@rules.staff("exchange.view")
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Messages to other systems, newest first."""
    view = request.GET.get("view", "open")
    view = view if view in VIEWS else "open"
    system, before = request.GET.get("system", ""), _number(request.GET.get("before", ""))
    rows = queries.messages(acting(request)).filter(state__in=VIEWS[view])
    if system:
        rows = rows.filter(system__code=system)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    more = found[PAGE - 1].pk if len(found) > PAGE else 0
    here = reverse("exchange:queue")
    kept: dict[str, str] = {"view": view, **({"system": system} if system else {})}
    return render(
        request, "exchange/queue.html",
        {
            "tabs": tabs(view), "view": view, "is_first": not before,
            "lines": [
                (row, words.kind(row.kind), words.about(row.kind, row.key, row.subject),
                 words.problem(row.problem_kind, row.problem))
                for row in found[:PAGE]
            ],
            "chips": [(_("System"), system, f"{here}?view={view}")] if system else [],
            "older": here + "?" + urlencode({**kept, "before": str(more)}) if more else "",
            "newest": f"{here}?{urlencode(kept)}",
        },
    )  # fmt: skip


@rules.staff("exchange.view")
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Messages of other systems, newest first."""
    before = _number(request.GET.get("before", ""))
    rows = queries.incoming(acting(request))
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    more = found[PAGE - 1].pk if len(found) > PAGE else 0
    return render(
        request, "exchange/inbox.html",
        {"tabs": tabs("inbox"), "rows": found[:PAGE], "older": f"?before={more}" if more else ""},
    )  # fmt: skip


def _found(request: HttpRequest, message_id: int) -> Outgoing:
    try:
        if message_id <= LONGEST_NUMBER:
            return queries.message(acting(request), message_id)
    except Outgoing.DoesNotExist:
        pass
    raise Http404


def _shown(request: HttpRequest, row: Outgoing, form: ReplayForm, refusal: Refusal | None = None) -> HttpResponse:
    content = bytes(row.content)
    actor = acting(request)
    shown: dict[str, Any] = {
        "row": row, "title": words.kind(row.kind), "about": words.about(row.kind, row.key, row.subject), "form": form, "refusal": refusal, "size": len(content),
        "problem": words.problem(row.problem_kind, row.problem),
        "text": content[:MOST_SHOWN].decode("utf-8", "replace"), "is_cut": len(content) > MOST_SHOWN,
        "tries": [(each, words.OUTCOMES.get(each.outcome, each.outcome), words.problem("", each.note))
                  for each in queries.tries_of(row)[:30]],
        "may_replay": row.state in DEAD and actor.may("exchange.manage", agency_id=row.agency_id),
    }  # fmt: skip
    return render(request, "exchange/message.html", shown)


@rules.staff("exchange.view")
@require_GET
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message: where it stands, its bytes, every try."""
    return _shown(request, _found(request, message_id), ReplayForm())


@rules.staff("exchange.view")
@require_GET
def content(request: HttpRequest, message_id: int) -> HttpResponse:
    """The exact bytes as a file."""
    row = _found(request, message_id)
    ending = "json" if "json" in row.content_type else "xml"
    return HttpResponse(
        bytes(row.content), content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="message-{row.pk}.{ending}"'},
    )  # fmt: skip


@rules.staff("exchange.manage")
@require_http_methods(["POST"])
def replay(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send a dead message again."""
    row = _found(request, message_id)
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _shown(request, row, form)
    try:
        services.replay(acting(request), message_id=row.pk, reason=form.cleaned_data["reason"], at=timezone.now())
    except services.NotReplayable as refused:
        return _shown(request, row, form, refused)
    notes.success(request, _("The message is on its way again."))
    return redirect("exchange:message", row.pk)
