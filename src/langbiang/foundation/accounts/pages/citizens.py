"""Citizens come in through the identity provider and go back to where they were."""

from dataclasses import asdict

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.accounts import entering, oidc, services

from .found import actor_of, local, safe_next
from .sign_in import NEXT

ATTEMPT = "oidc_attempt"


@never_cache
@rules.public
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """What VNeID is and one button; a POST leaves for the provider."""
    following = safe_next(request, "/")
    if request.method == "GET" and actor_of(request).is_citizen:
        return HttpResponseRedirect(following)
    refusal: Refusal | None = None
    if request.method == "POST" and oidc.is_configured():
        try:
            address, attempt = oidc.begin(redirect_uri=_return_address())
        except Refusal as problem:
            refusal = problem
        else:
            request.session[ATTEMPT] = asdict(attempt)
            request.session[NEXT] = following
            return HttpResponseRedirect(address)
    return _page(request, following, refusal)


def _page(request: HttpRequest, following: str, refusal: Refusal | None) -> HttpResponse:
    return render(
        request,
        "accounts/citizen_sign_in.html",
        {
            "next": following,
            "refusal": refusal,
            "available": oidc.is_configured(),
            "is_demo": settings.MODE != "production",
        },
        status=refusal.status if refusal else 200,
    )


def _return_address() -> str:
    return f"{settings.PUBLIC_URL}{reverse('accounts:oidc_return')}"


@never_cache
@rules.public
@require_GET
def oidc_return(request: HttpRequest) -> HttpResponse:
    """Back from the identity provider: the answer is checked, the session begins."""
    kept = request.session.pop(ATTEMPT, None)
    following = local(request, request.session.pop(NEXT, ""), "/")
    if kept is None and actor_of(request).is_citizen:
        return redirect(following)  # the page of the provider was sent twice; the first time let them in
    try:
        if kept is None or not oidc.is_configured():
            raise oidc.SignInFailed(_("This sign-in was begun elsewhere or too long ago."), way_out=oidc.AGAIN)
        if request.GET.get("error"):
            raise oidc.SignInFailed(
                _("You were not signed in."), way_out=_("Begin the sign-in again when you are ready.")
            )
        claims = oidc.finish(
            oidc.Attempt(**kept), state=request.GET.get("state", ""), code=request.GET.get("code", ""),
            redirect_uri=_return_address(),
        )  # fmt: skip
        account = services.account_for_citizen(
            oidc.identity_of(claims), issuer=settings.OIDC["issuer"], at=timezone.now()
        )
    except Refusal as refusal:
        return _page(request, following, refusal)
    entering.enter(request, account, how="oidc")
    return HttpResponseRedirect(following)
