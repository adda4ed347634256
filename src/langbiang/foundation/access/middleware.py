"""Refuses every page that does not declare who may open it, and every person it does not name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from langbiang.foundation.access.acting import acting

from .actor import Actor
from .errors import Refusal
from .rules import Rule, rule_of

# Views of installed packages that are reached by address: each is named here with its audience.
PACKAGE_VIEWS: dict[str, Rule] = {"set_language": Rule("public")}
STAFF_LOGIN_URL = "/staff/sign-in/"


class AccessMiddleware:
    """Checks the rule before the view runs; turns a Refusal raised by a service into a page that explains it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        rule = rule_of(view) or PACKAGE_VIEWS.get(match.view_name if match else "")
        actor = acting(request)
        if rule is not None and rule.admits(actor):
            return None
        if rule is not None and rule.audience == "client":
            return refuse_system(actor)
        if rule is not None and actor.kind == "anonymous" and rule.audience != "development":
            door = STAFF_LOGIN_URL if rule.audience == "staff" else settings.LOGIN_URL
            if request.headers.get("HX-Request"):
                page = urlsplit(request.headers.get("HX-Current-URL", "/"))
                back = redirect_to_login(page._replace(scheme="", netloc="", fragment="").geturl(), door)
                return HttpResponse(status=401, headers={"HX-Redirect": back.url})
            return redirect_to_login(request.get_full_path(), door)
        return refuse(request, Refusal(), status=404 if rule and rule.audience == "development" else 403)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, Refusal):
            return refuse(request, problem, status=problem.status)
        return None


def refuse_system(actor: Actor) -> JsonResponse:
    """What a system without the right key is told."""
    known = actor.kind == "client"
    told = {
        "title": _("This key may not do this.") if known else _("A key is needed."),
        "detail": _("Ask the administrator for a seat with this right.")
        if known
        else _("Send it as “Authorization: Bearer …”. Keys that expired or were revoked are refused."),
        "status": 403 if known else 401,
    }
    response = JsonResponse(told, status=told["status"], content_type="application/problem+json")
    if not known:
        response["WWW-Authenticate"] = "Bearer"
    return response


def refuse(request: HttpRequest, refusal: Refusal, *, status: int) -> HttpResponse:
    """A page that says what cannot be done, why, and the way out."""
    template = f"ui/errors/{status}.html" if status in (403, 404) else "ui/errors/refused.html"
    return render(request, template, {"refusal": refusal}, status=status)
