"""The HTTP interface for machines: every room's router under one roof, described by OpenAPI at openapi.json."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError

from langbiang.foundation.access import Refusal
from langbiang.foundation.access.rules import Rule, rule_of
from langbiang.site.rooms import INSTALLED_ROOMS

PROBLEM = "application/problem+json"
api = NinjaAPI(
    title="Langbiang", version="1", urls_namespace="api", docs_url=None,
    description="Other systems sign in with a key: `Authorization: Bearer lbk_…`. Problems are told as RFC 9457.",
)  # fmt: skip


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, problem: Refusal) -> HttpResponse:
    told: dict[str, Any] = {"title": str(problem.message) or _("This cannot be done."), "status": problem.status}
    if problem.way_out:
        told["detail"] = str(problem.way_out)
    if problem.field:
        told["field"] = problem.field
    if problems := getattr(problem, "problems", None):
        told |= {"status": 422, "problems": problems}
    return JsonResponse(told, status=told["status"], content_type=PROBLEM)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    problems = {".".join(str(part) for part in row["loc"]): [row["msg"]] for row in problem.errors}
    told = {"title": _("The request is not formed as described."), "status": 422, "problems": problems}
    return JsonResponse(told, status=422, content_type=PROBLEM)


def mount() -> list[Any]:
    """The addresses of all rooms; each carries the rule its operation declares, and one without a rule is refused."""
    declared: dict[str, Rule | None] = {"openapi-json": Rule("public"), "api-root": Rule("development")}
    for room in INSTALLED_ROOMS:
        if find_spec(f"{room}.api"):
            router = import_module(f"{room}.api").router
            api.add_router(f"/{room.rsplit('.', 1)[-1]}", router)
            for view in router.path_operations.values():
                declared |= {str(o.url_name): rule_of(o.view_func) for o in view.operations}
    patterns: list[Any] = list(api.urls[0])
    for pattern in patterns:
        pattern.callback.access_rule = declared.get(pattern.name)
    return patterns
