"""Who is told of the morning brief: oneself on its page, others on a page of those who manage the centre."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting

from .. import queries, services

LANGUAGES = [("vi", _lazy("in Vietnamese")), ("en", _lazy("in English"))]


class ReaderForm(forms.Form):
    """Who is told, and in which language."""

    account_id = forms.TypedChoiceField(label=_lazy("Officer"), coerce=int)
    language = forms.ChoiceField(label=_lazy("Language"), choices=LANGUAGES)

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account_id"].choices = [("", _("Choose a person")), *people]  # type: ignore[attr-defined]  # a choice field has choices


@rules.staff("centre.view")
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Be told of the brief from now on, in the language of the page or the one that was chosen."""
    chosen = request.POST.get("language") or (get_language() or "vi")[:2]
    services.read_brief(acting(request), language=chosen, at=timezone.now())
    messages.success(request, _("You are told every morning when the brief is written."))
    return redirect("centre:brief")


@rules.staff("centre.view")
@require_POST
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """Be told no more."""
    actor = acting(request)
    mine = queries.reader(actor)
    if mine is not None:
        services.stop_reading(actor, reader_id=mine.pk, at=timezone.now())
        messages.success(request, _("You are told no more. The brief stays on this page."))
    return redirect("centre:brief")


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
def readers(request: HttpRequest) -> HttpResponse:
    """The readers at the agencies one manages, and the form to add one."""
    actor, now = acting(request), timezone.now()
    form = ReaderForm(request.POST or None, people=services.candidates(actor, at=now), initial={"language": "vi"})
    if request.method == "POST" and form.is_valid():
        try:
            services.read_brief(actor, **form.cleaned_data, at=now)
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("This person is told every morning when the brief is written."))
            return redirect("centre:brief_readers")
    return render(request, "centre/readers.html", {"rows": queries.readers(actor, at=now), "form": form}, status=422 if form.errors else 200)


@rules.staff("centre.manage")
@require_POST
def end(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Take somebody off the list."""
    services.stop_reading(acting(request), reader_id=reader_id, at=timezone.now())
    messages.success(request, _("This person is told no more."))
    return redirect("centre:brief_readers")
