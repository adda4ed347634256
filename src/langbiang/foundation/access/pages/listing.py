"""Which roles there are, and who holds them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from langbiang.foundation.access import Actor, queries, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.access.roles import all_roles
from langbiang.foundation.access.roles import fields as known_fields
from langbiang.foundation.organizations import queries as organizations

PAGE = 50


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    actor: Actor = acting(request)
    return actor


def seen_agencies(actor: Actor) -> frozenset[int] | None:
    """Where this person may see who holds which role; None for everywhere."""
    reach = actor.reach("access.view")
    if reach.everywhere:
        return None
    return frozenset().union(*(agencies or frozenset() for agencies, _field in reach.pairs))


@require_GET
@rules.staff("access.view")
def roles(request: HttpRequest) -> HttpResponse:
    """Every role with how many positions hold it and how many of these are empty."""
    counts = queries.role_counts(on=timezone.localdate(), agency_ids=seen_agencies(actor_of(request)))
    return render(
        request,
        "access/list.html",
        {"lines": [{"role": row, "count": counts.get(row.code, (0, 0))} for row in all_roles()]},
    )


@require_GET
@rules.staff("access.view")
def role(request: HttpRequest, code: str) -> HttpResponse:
    """Who holds one role, by agency, a page at a time; and what it lets people do."""
    found = next((row for row in all_roles() if row.code == code), None)
    if found is None:
        raise Http404
    actor, today = actor_of(request), timezone.localdate()
    text = request.GET.get("q", "").strip()[:100]
    seen = seen_agencies(actor)
    if text:
        wanted = frozenset(row.pk for row in organizations.find_agencies(text, on=today))
        seen = wanted if seen is None else seen & wanted
    given = request.GET.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    lines = queries.given_with_people(code, on=today, agency_ids=seen, after=after, limit=PAGE + 1)
    more, lines = len(lines) > PAGE, lines[:PAGE]
    names = known_fields() if any(line.field for line in lines) else {}
    here = reverse("access:role", args=[code])

    def address(**changes: int) -> str:
        values: dict[str, str] = {k: str(v) for k, v in {"q": text, **changes}.items() if v}
        return f"{here}?{urlencode(values)}" if values else here

    return render(
        request,
        "access/role.html",
        {
            "role": found,
            "lines": [
                {
                    "given": line,
                    "field": names.get(line.field or "", line.field),
                    "may_end": actor.may("access.grant", agency_id=line.agency_id),
                }
                for line in lines
            ],
            "permissions": sorted(found.permissions),
            "sought": text,
            "role_url": here,
            "next_url": address(after=lines[-1].assignment_id) if more else "",
            "first_url": address() if after else "",
        },
    )
