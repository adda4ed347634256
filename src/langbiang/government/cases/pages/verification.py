"""Public verification: a QR or a file, no sign-in, no cookie of ours, nothing stored."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import rules
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.signatures import queries as signatures
from langbiang.foundation.signatures.validation import words
from langbiang.foundation.signatures.validation.verdict import Verdict
from langbiang.government.cases import queries
from langbiang.government.cases.documents import legal_forms
from langbiang.government.cases.models import CaseResult, IssuedForm

MAX_BYTES = 25 * 1024 * 1024


def masked(name: str) -> str:
    """A name as strangers may see it: Nguyễn Văn An -> Ng*** V** A*."""
    parts = name.split()
    return " ".join(
        (p[:2] if i == 0 else p[:1]) + "*" * max(1, len(p) - (2 if i == 0 else 1)) for i, p in enumerate(parts)
    )


def _facts_of_result(result: CaseResult) -> dict[str, Any]:
    case = result.case
    states = {
        "released": ("done", _("Valid")),
        "replaced": ("caution", _("Replaced by a newer result")),
        "revoked": ("late", _("Revoked")),
    }
    tone, word = states.get(result.state, ("neutral", _("Not released yet")))
    rows = [
        (_("Paper"), result.title),
        (_("Number"), result.number_text or _("not numbered yet")),
        (_("Issued by"), result.issuer_name),
        (_("Today this agency is"), organizations.successor_name(case.competent_unit_id, on=timezone.localdate())),
        (_("Signed by"), result.signed_by),
        (_("Released"), f"{timezone.localtime(result.released_at):%H:%M %d/%m/%Y}" if result.released_at else ""),
        (_("Owner"), masked(result.owner_name)),
        (_("Case"), str(case)),
        (_("Procedure"), case.names.get("procedure", "")),
        (_("SHA-256 of the file"), result.sha256),
    ]
    if result.ended_reason:
        rows.append((_("Reason"), result.ended_reason))
    newer = result.replaced_by
    return {
        "tone": tone,
        "word": word,
        "rows": [row for row in rows if row[1]],
        "kind": "result",
        "newer_url": reverse("cases:verify", args=[newer.token]) if newer else "",
    }


def _facts_of_form(form: IssuedForm) -> dict[str, Any]:
    rows = [
        (_("Paper"), legal_forms.TEMPLATES[form.form_no][1]),
        (_("Issued by"), form.snapshot.get("issuer", "")),
        (_("Issued"), f"{timezone.localtime(form.issued_at):%H:%M %d/%m/%Y}"),
        (_("Owner"), masked(form.snapshot.get("owner", ""))),
        (_("Case"), form.snapshot.get("code", "")),
        (_("Procedure"), form.snapshot.get("procedure", "")),
        (_("Due"), form.snapshot.get("due", "")),
        (_("The case now"), str(form.case.get_business_display()) if form.case else ""),
        (_("SHA-256 of the file"), form.sha256),
    ]
    return {
        "tone": "done",
        "word": _("Issued by this platform"),
        "rows": [row for row in rows if row[1]],
        "kind": "form",
    }


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = render(request, "cases/public/verify.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


@rules.public
@never_cache
@require_GET
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """What a QR on a paper leads to. An unknown token and a mistyped one look alike."""
    result = queries.result_by_token(token)
    form = None if result else queries.form_by_token(token)
    if result is None and form is None:
        return _page(request, {"unknown": True}, status=404)
    facts = _facts_of_result(result) if result else _facts_of_form(form) if form else {}
    return _page(request, {"facts": facts})


@rules.public
@never_cache
@csrf_exempt
@require_http_methods(["GET", "POST"])
def verify_file(request: HttpRequest) -> HttpResponse:
    """Check an uploaded file: genuine or not, who signed for whom when, what changed since. The file is not kept."""
    if request.method == "GET":
        return _page(request, {"asking": True})
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile) or not upload.size:
        return _page(request, {"asking": True, "problem": _("Choose the PDF file to check.")})
    if upload.size > MAX_BYTES:
        return _page(request, {"asking": True, "problem": _("The file is larger than 25 MB: no result of ours is.")})
    return _page(request, check(upload.read()))


def check(content: bytes) -> dict[str, Any]:
    """What can be said of a file from anybody."""
    verdict: Verdict = signatures.verify(content, at=timezone.now())
    known = queries.paper_by_digest(verdict.sha256)
    exact = known is not None
    if known is None:
        for signature in signatures.known_signatures(verdict):
            room, _colon, number = signature.subject.partition(":")
            if room == "cases.caseresult" and number.isdigit():
                known = CaseResult.objects.select_related("case", "replaced_by").filter(pk=int(number)).first()
                break
    facts = None
    if isinstance(known, CaseResult):
        facts = _facts_of_result(known)
    elif isinstance(known, IssuedForm):
        facts = _facts_of_form(known)
    genuine = verdict.is_genuine or (exact and isinstance(known, IssuedForm))
    return {
        "checked": True,
        "genuine": genuine,
        "title": words.title(verdict.state)
        if not (exact and isinstance(known, IssuedForm))
        else _("This is our paper, unchanged"),
        "lines": words.lines(verdict) if not (exact and isinstance(known, IssuedForm)) else [],
        "exact": exact,
        "facts": facts,
        "sha256": verdict.sha256,
    }
