"""Notices: one's own, how to be told, what they say, and what became of them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, acting, rules
from langbiang.foundation.notifications import queries, services
from langbiang.foundation.notifications.models import Notice, NoticeTemplate

SAMPLE = {
    "code": "H36.223-261123-0007", "procedure": "Đăng ký khai sinh", "unit": "UBND phường Xuân Hương - Đà Lạt",
    "due": "16:30 24/11/2026", "status": "Đang giải quyết", "link": "https://…/my/cases/7/", "name": "Nguyễn Thị Hoa",
    "reason": "Bản chụp mờ", "province": "Lâm Đồng",
}  # fmt: skip


class PreferenceForm(forms.Form):
    """How a citizen wants to be told."""

    email = forms.BooleanField(label=gettext_lazy("Tell me by e-mail"), required=False)
    sms = forms.BooleanField(label=gettext_lazy("Tell me by text message"), required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of notices"),
        choices=[("vi", "Tiếng Việt"), ("en", "English")],
        widget=forms.RadioSelect,
    )


class TemplateForm(forms.Form):
    """What a notice says."""

    subject = forms.CharField(label=gettext_lazy("Subject"), required=False, max_length=200)
    body = forms.CharField(label=gettext_lazy("Text"), widget=forms.Textarea(attrs={"rows": 6}), max_length=2000)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = acting(request)
    return actor


@rules.signed_in
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first; opening the page marks it read."""
    actor = _actor(request)
    page = Paginator(queries.inbox(actor), 30).get_page(request.GET.get("page"))
    rows = list(page)
    services.mark_read(actor, at=timezone.now())
    return render(
        request, "notifications/inbox.html",
        {"rows": rows, "page": page, "shell": "ui/workbench.html" if actor.is_staff else "ui/portal.html"},
    )  # fmt: skip


@rules.citizen
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Choose how to be told."""
    actor = _actor(request)
    wish = queries.preference(actor)
    form = PreferenceForm(
        request.POST or None, initial={"email": wish.email, "sms": wish.sms, "language": wish.language}
    )
    if request.method == "POST" and form.is_valid():
        services.set_preference(actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("notifications:preferences")
    return render(request, "notifications/preferences.html", {"form": form})


@rules.staff("notifications.edit")
@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """Everything the platform may say to people."""
    rows = queries.templates(_actor(request))
    return render(request, "notifications/templates.html", {"rows": rows, "counts": queries.delivery_counts()})


@rules.staff("notifications.edit")
@require_http_methods(["GET", "POST"])
def template(request: HttpRequest, template_id: int) -> HttpResponse:
    """Change what a notice says from today on, with a preview before it is kept."""
    row = get_object_or_404(NoticeTemplate, pk=template_id)
    form = TemplateForm(request.POST or None, initial={"subject": row.subject, "body": row.body})
    revision = request.POST.get("revision", "")
    shown: dict[str, Any] = {"subject": row.subject, "body": row.body}
    if request.method == "POST" and form.is_valid():
        shown = dict(form.cleaned_data)
        if "keep" in request.POST:
            try:
                services.change_template(
                    _actor(request), template_id=row.pk, subject=shown["subject"], body=shown["body"],
                    revision=int(revision) if revision.isdigit() else -1, at=timezone.now(),
                )  # fmt: skip
            except Refusal as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            else:
                messages.success(request, _("Saved; it holds from today."))
                return redirect("notifications:templates")
    return render(
        request,
        "notifications/template.html",
        {
            "row": row,
            "form": form,
            "revision": revision or row.revision,
            "variables": services.SMS_VARIABLES if row.channel == "sms" else services.VARIABLES,
            "preview_subject": services.fill(shown["subject"], SAMPLE),
            "preview_body": services.fill(shown["body"], SAMPLE),
        },
    )


@rules.staff("notifications.edit")
@require_GET
def deliveries(request: HttpRequest) -> HttpResponse:
    """What left the house and what did not."""
    state = request.GET.get("state", "")
    known = {value for value, _label in Notice.State.choices}
    rows = queries.delivery_log(_actor(request), state=state if state in known else "")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(
        request, "notifications/deliveries.html",
        {"page": page, "rows": list(page), "counts": queries.delivery_counts(), "state": state},
    )  # fmt: skip


@rules.staff("notifications.edit")
@require_POST
def retry(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Send one again that could not be delivered."""
    get_object_or_404(Notice, pk=notice_id)
    services.try_again(_actor(request), notice_id=notice_id, at=timezone.now())
    messages.success(request, _("It is sent again."))
    return redirect("notifications:deliveries")
