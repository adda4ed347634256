"""Keys of screens: make one, see whether its screen lives, take it away."""

from datetime import datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting

from .. import queries, services
from ..language import in_language
from .forms import KeyForm


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
@never_cache
def keys(request: HttpRequest) -> HttpResponse:
    """All keys, and the form of a new one; the address of its screen is shown this once."""
    actor = acting(request)
    choices = [(each.slug, in_language(each.title, each.title_en)) for each in queries.layouts()]
    form = KeyForm(request.POST or None, walls=choices)
    address = ""
    if request.method == "POST" and form.is_valid():
        address = _made(request, form)
        if address:
            form = KeyForm(walls=choices)
    context: dict[str, Any] = {
        "keys": queries.keys(actor),
        "form": form,
        "address": address,
        "now": timezone.now(),
        "actor": actor,
    }
    return render(request, "centre/keys.html", context)


@rules.staff("centre.manage")
@require_POST
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """Take a key away."""
    services.revoke_key(acting(request), key_id=key_id, at=timezone.now())
    return redirect("centre:keys")


def _made(request: HttpRequest, form: KeyForm) -> str:
    """Make the key; the address of its screen, or nothing with the error in the form."""
    data = form.cleaned_data
    actor = acting(request)
    layout = queries.layout(data["layout"])
    if layout is None or actor.agency_id is None:
        form.add_error("layout", _("Choose a wall from the list."))
        return ""
    try:
        _key, token = services.make_key(
            actor, layout=layout, name=data["name"], networks=data["networks"].split(), agency_id=actor.agency_id,
            valid_until=timezone.make_aware(datetime.combine(data["valid_until"], time.max)), at=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return ""
    return request.build_absolute_uri(reverse("centre:screen", args=[token]))
