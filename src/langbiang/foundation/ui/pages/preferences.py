"""Choices about how pages look, kept in a cookie."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from langbiang.foundation.access import rules
from langbiang.foundation.ui.tags.tables import DENSITIES, DENSITY_COOKIE

YEAR_SECONDS = 365 * 24 * 3600


@rules.public
@require_POST
def density(request: HttpRequest) -> HttpResponse:
    """Remember comfortable or compact rows and go back to the list."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/"
    response = HttpResponseRedirect(target)
    if (chosen := request.POST.get("density", "")) in DENSITIES:
        response.set_cookie(DENSITY_COOKIE, chosen, max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    return response
