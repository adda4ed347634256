"""What the pages of this room share: the tabs, one junction within reach, and a refusal told on the next page."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from langbiang.foundation.access import Refusal
from langbiang.foundation.access.acting import acting
from langbiang.foundation.ui import formats

from .. import queries
from ..models import Junction


def tabs(current: str) -> list[dict[str, Any]]:
    """The views of traffic control."""
    labels = {
        "overview": _("Now"), "arming": _("Arming"), "priority": _("Priority vehicles"), "plans": _("Plans"), "events": _("Events"), "alerts": _("Alerts"), "shadow": _("Shadow mode"),
        "gain": _("Proof of gain"),
    }  # fmt: skip
    return [
        {"label": label, "url": reverse(f"junctions:{name}"), "current": name == current} for name, label in labels.items()
    ]


def within_reach(request: HttpRequest, code: str) -> Junction:
    """A junction this officer sees. Raises Http404."""
    found = queries.junction(acting(request), code)
    if found is None:
        raise Http404
    return found


def whole(posted: str) -> int:
    """A number a form names; what is none is 0, which no record has."""
    return int(posted) if posted.isascii() and posted.isdecimal() and len(posted) < 19 else 0


def beside(form: forms.Form, saved: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Fields in which what was entered differs from what is saved now: name, saved, entered."""
    found = []
    for name, field in form.fields.items():
        if name in saved:
            kept, typed = _shown(field, saved[name]), _shown(field, form[name].value())
            if kept != typed:
                found.append((str(field.label), kept or "–", typed or "–"))
    return found


def _shown(field: forms.Field, value: Any) -> str:
    """A value as people read it, whether it was entered as text or comes from a record."""
    try:
        value = field.to_python(value)
    except forms.ValidationError:
        return str(value)
    if isinstance(field, forms.ChoiceField):
        words = {str(key): str(word) for key, word in cast(Iterable[tuple[Any, Any]], field.choices)}
        values = value or () if isinstance(field, forms.MultipleChoiceField) else (value,)
        return ", ".join(words.get(str(one), str(one)) for one in values)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return formats.day(value) if isinstance(value, date) else "" if value is None else str(value)


def tell(request: HttpRequest, refusal: Refusal) -> None:
    """Say on the next page why something was not done."""
    messages.error(request, str(refusal))
