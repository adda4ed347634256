"""Pages about whom this installation trusts."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, acting, rules

from .. import queries, services
from ..models import TrustAnchor
from .forms import AuthorityForm
from .tabs import tabs


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = acting(request)
    return actor


@require_GET
@rules.staff("signatures.manage")
def listing(request: HttpRequest) -> HttpResponse:
    """All authorities, those trusted now first, with their revocation lists."""
    return render(
        request,
        "signatures/authorities.html",
        {
            "tabs": tabs("authorities"),
            "anchors": queries.trust_anchors(_actor(request)),
            "now": timezone.now(),
        },
    )


@require_http_methods(["GET", "POST"])
@rules.staff("signatures.manage")
def add(request: HttpRequest) -> HttpResponse:
    """Trust one more authority."""
    form = AuthorityForm(request.POST or None, request.FILES or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            anchor = services.add_trust_anchor(_actor(request), **form.cleaned_data, valid_from=at, at=at)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("%(name)s is trusted from now on. Fetch its revocation lists next.") % {"name": anchor.name},
            )
            return redirect("signatures:authorities")
    return render(
        request,
        "signatures/add_authority.html",
        {"form": form, "refusal": refusal},
    )


@require_http_methods(["GET", "POST"])
@rules.staff("signatures.manage")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a binding act: what it means to trust an authority no longer."""
    anchor = next((a for a in queries.trust_anchors(_actor(request)) if a.pk == pk), None)
    if anchor is None:
        raise Http404
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            services.remove_trust_anchor(_actor(request), anchor_id=pk, at=timezone.now())
        except (services.UnusableAnchor, TrustAnchor.DoesNotExist) as refused:
            refusal = refused if isinstance(refused, Refusal) else Refusal(_("This authority is not there any more."))
        else:
            messages.success(request, _("%(name)s is trusted no longer.") % {"name": anchor.name})
            return redirect("signatures:authorities")
    consequences = [
        _("Signatures made from now on under “%(name)s” will be called untrusted.") % {"name": anchor.name},
        _("Signatures whose time is proven to lie before stay genuine."),
        _("Keys of this authority that are enrolled here can still sign, but nobody will believe them."),
    ]
    return render(
        request,
        "signatures/end_authority.html",
        {"anchor": anchor, "refusal": refusal, "consequences": consequences},
    )


@require_POST
@rules.staff("signatures.manage")
def refresh(request: HttpRequest) -> HttpResponse:
    """Fetch the revocation lists now."""
    failed = services.refresh_revocation_lists(_actor(request), at=timezone.now())
    if failed:
        messages.warning(
            request,
            ngettext(
                "One revocation list could not be had; the former one stays in use.",
                "%(count)d revocation lists could not be had; the former ones stay in use.",
                len(failed),
            )
            % {"count": len(failed)},
        )
    else:
        messages.success(request, _("All revocation lists are up to date."))
    return redirect("signatures:authorities")
