"""The store, for those who keep it: what is accepted, how large, how much there is."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Actor, Refusal, acting, rules
from langbiang.foundation.access.policies import require
from langbiang.foundation.files import examination, policies, queries, services, storage
from langbiang.foundation.files.models import Limit
from langbiang.foundation.ui import formats

from .forms import EVERY_ROOM, LimitForm

_FIELDS = {"max_bytes": "max_megabytes", "max_bytes_a_day": "max_megabytes_a_day"}


def _rooms() -> list[tuple[str, str]]:
    """The rooms that answer for files, by the words people have for them."""
    return [(room, _name_of(room)) for room in policies.rooms_with_files()]


def _name_of(room: str) -> str:
    known = {"": _("All rooms without limits of their own"), "cases": _("Cases"), "centre": _("Operations centre")}
    return known.get(room, room)


@rules.staff("files.manage")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Limits in force and to come, what lies in the store, and how much room is left."""
    today = timezone.localdate()
    limits = queries.limits()
    held = queries.held()
    return render(
        request,
        "files/overview.html",
        {
            "accepted": examination.ALLOWED,
            "limits": [
                (_name_of(row.room), row) for row in reversed(limits) if row.valid_to is None or row.valid_to > today
            ],
            "former": [
                (_name_of(row.room), row) for row in limits if row.valid_to is not None and row.valid_to <= today
            ],
            "standard": None if any(not row.room and row.valid_from <= today for row in limits) else Limit(),
            "today": today,
            "held": [(_name_of(row.room), row) for row in held],
            "files": sum(row.files for row in held),
            "free": storage.free_bytes(),
            "may_set": bool(policies.may_set_limits(_actor(request))),
        },
    )


@rules.staff("files.manage")
@require_http_methods(["GET", "POST"])
def set_limit(request: HttpRequest) -> HttpResponse:
    """New limits from a day on."""
    actor = _actor(request)
    require(policies.may_set_limits(actor))
    form = LimitForm(request.POST or None, rooms=_rooms(), initial=_initial())
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            limit = services.set_limit(actor, at=timezone.now(), **_as_given(form.cleaned_data))
        except Refusal as refused:
            # What the service says about a field of the form is said at that field.
            if refused.field:
                form.add_error(_FIELDS.get(refused.field, refused.field), str(refused))
            else:
                refusal = refused
        else:
            messages.success(request, _("The new limits hold from %(day)s.") % {"day": formats.day(limit.valid_from)})
            return redirect("files:admin")
    return render(request, "files/set_limit.html", {"form": form, "refusal": refusal})


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = acting(request)
    return actor


def _initial() -> dict[str, Any]:
    now = services.limits_for("", at=timezone.now())
    return {
        "max_megabytes": now.max_bytes / 1_000_000, "max_pages": now.max_pages,
        "max_megabytes_a_day": now.max_bytes_a_day // 1_000_000,
    }  # fmt: skip


def _as_given(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "room": "" if data["room"] == EVERY_ROOM else data["room"], "max_bytes": int(data["max_megabytes"] * 1_000_000), "max_pages": data["max_pages"],
        "max_bytes_a_day": data["max_megabytes_a_day"] * 1_000_000, "valid_from": data["valid_from"],
        "source": data["source"],
    }  # fmt: skip
