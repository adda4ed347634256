"""Pages about keys: who has one, until when, enrolling, revoking, checking the set-up."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Actor, Refusal, acting, rules

from .. import queries, services
from ..models import SigningCredential
from .forms import EnrolForm, PictureForm, RevokeForm
from .holders import describe, search_holders
from .tabs import tabs

PER_PAGE = 50


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = acting(request)
    return actor


def _words(text: str | None) -> str:
    """What was typed into a search field, as a database can look for it."""
    return (text or "").replace("\x00", "").strip()[:100]


def _credential(request: HttpRequest, pk: int) -> SigningCredential:
    try:
        return queries.managed_credential(_actor(request), credential_id=pk)
    except SigningCredential.DoesNotExist:
        raise Http404 from None


@require_GET
@rules.staff("signatures.manage")
def listing(request: HttpRequest) -> HttpResponse:
    """All keys, those that end first on top."""
    actor, at = _actor(request), timezone.now()
    only, search = request.GET.get("only", ""), _words(request.GET.get("q"))
    rows = queries.credentials(actor, at=at, search=search, only=only)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    counts = queries.overview(actor, at=at)
    choices = (
        ("", _("All"), None),
        ("active", _("In use"), counts.active),
        ("expiring", _("Ending within 45 days"), counts.expiring),
        ("ended", _("Ended"), counts.ended),
    )
    filters = [
        {"label": label, "url": f"?only={code}" if code else "?", "current": code == only, "count": count}
        for code, label, count in choices
    ]
    return render(
        request,
        "signatures/keys.html",
        {
            "tabs": tabs("admin"),
            "filters": filters,
            "page": page,
            "search": search,
            "only": only,
            "now": at,
            "soon": at + queries.EXPIRES_SOON,
        },
    )


@require_GET
@rules.staff("signatures.manage")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One key: whose, from whom, until when, and what it signed last."""
    credential = _credential(request, pk)
    return render(
        request,
        "signatures/key.html",
        {
            "credential": credential,
            "holder": describe(credential),
            "facts": _facts(credential),
            "signatures": queries.last_signatures(_actor(request), credential_id=pk),
            "form": PictureForm(),
            "now": timezone.now(),
        },
    )


def _facts(credential: SigningCredential) -> list[tuple[str, Any]]:
    kind = credential.Kind(credential.kind)
    facts: list[tuple[str, Any]] = [
        (_("Kind"), _("Digital seal of an agency") if kind == kind.SEAL else _("Personal signature")),
        (_("Named in the certificate"), [credential.holder_name, credential.holder_agency]),
        (_("E-mail in the certificate"), credential.holder_email),
        (_("Issued by"), credential.issuer),
        (_("Serial number"), credential.serial),
        (
            _("Valid"),
            _("%(start)s to %(end)s")
            % {
                "start": f"{timezone.localtime(credential.valid_from):%d/%m/%Y}",
                "end": f"{timezone.localtime(credential.valid_to):%d/%m/%Y}",
            },
        ),
        (_("Fingerprint (SHA-256)"), credential.certificate_sha256),
        (
            _("Enrolled"),
            f"{timezone.localtime(credential.enrolled_at):%d/%m/%Y %H:%M}, {credential.enrolled_by}",
        ),
    ]
    if credential.end_reason:
        facts.append((_("Reason of the end"), credential.end_reason))
    return facts


@require_http_methods(["GET", "POST"])
@rules.staff("signatures.manage")
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the registered picture, or put another in its place."""
    credential = _credential(request, pk)
    if request.method == "GET":
        if not credential.image:
            raise Http404
        return HttpResponse(bytes(credential.image), content_type="image/png")
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        services.set_image(_actor(request), credential_id=pk, image=form.cleaned_data["image"], at=timezone.now())
        messages.success(request, _("The picture was saved."))
    else:
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    return redirect("signatures:credential", pk=pk)


@require_http_methods(["GET", "POST"])
@rules.staff("signatures.manage")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a binding act: what happens when a key is revoked, then the button."""
    credential = _credential(request, pk)
    form = RevokeForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.revoke_credential(
                _actor(request), credential_id=pk, reason=form.cleaned_data["reason"], at=timezone.now()
            )
        except services.CredentialNotUsable as refused:
            refusal = refused
        else:
            messages.success(request, _("The key was revoked. It signs nothing from now on."))
            return redirect("signatures:credential", pk=pk)
    consequences = [
        _("The key of %(holder)s signs nothing in this system from this moment on.") % {"holder": describe(credential)},
        _("Documents signed before stay valid."),
        _("You still have to tell the certification authority, so that the key is worthless elsewhere, too."),
    ]
    return render(
        request,
        "signatures/revoke.html",
        {"credential": credential, "form": form, "refusal": refusal, "consequences": consequences},
    )


@require_http_methods(["GET", "POST"])
@rules.staff("signatures.manage")
def enrol(request: HttpRequest) -> HttpResponse:
    """Find who the key is for, then take over the key file."""
    actor, at = _actor(request), timezone.now()
    wanted = _words(request.GET.get("q") or request.POST.get("q"))
    holders = search_holders(actor, wanted, on=timezone.localdate()) if wanted else []
    refusal: Refusal | None = None
    form = None
    if request.method == "POST":
        form = EnrolForm(request.POST, request.FILES, holders=holders)
        if form.is_valid():
            kind, _colon, number = form.cleaned_data["holder"].partition(":")
            agency, _slash, position = number.partition("/")
            try:
                credential = services.enrol_key_file(
                    actor,
                    agency_id=int(agency),
                    position_id=int(position) if kind == "position" else None,
                    content=form.cleaned_data["key_file"],
                    password=form.cleaned_data["password"],
                    image=form.cleaned_data["image"],
                    at=at,
                )
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(request, _("The key of %(holder)s is enrolled.") % {"holder": describe(credential)})
                return HttpResponseRedirect(reverse("signatures:credential", args=[credential.pk]))
    elif holders:
        form = EnrolForm(holders=holders)
    return render(
        request,
        "signatures/enrol.html",
        {"form": form, "refusal": refusal, "wanted": wanted, "holders": holders},
    )


@require_GET
@rules.staff("signatures.manage")
def check(request: HttpRequest) -> HttpResponse:
    """Go through the whole set-up and say what works."""
    at = timezone.now()
    found = queries.check_setup(_actor(request), at=at)
    order = {"error": 0, "warning": 1, "ok": 2}
    return render(
        request,
        "signatures/check.html",
        {
            "tabs": tabs("check"),
            "findings": sorted(found, key=lambda f: order[f.level]),
            "errors": sum(f.level == "error" for f in found),
            "warnings": sum(f.level == "warning" for f in found),
            "now": at,
        },
    )
