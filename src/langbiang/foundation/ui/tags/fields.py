"""Fields of Django forms: label, hint, error and widget tied together for every reader."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from langbiang.foundation.ui.form_fields import DateInput, DatePartsInput, MoneyInput

from .library import attribute, register
from .shells import icon as draw_icon

WIDTHS = ("2", "4", "6", "10", "20", "30", "full")


@register.simple_tag
def field(
    bound: BoundField,
    label: str = "",
    hint: str = "",
    width: str = "",
    prefix: str = "",
    suffix: str = "",
    legend_is_heading: bool = False,
    choice_hints: dict[str, str] | None = None,
    **attributes: Any,
) -> SafeString:
    """One field of a form: {% field form.phone hint=_("...") width="20" autocomplete="tel" inputmode="tel" %}.

    Required is the rule; a field that may stay empty says "(optional)". Other keyword arguments become attributes
    of the input. legend_is_heading: the question of a group is the heading of the page. choice_hints: value ->
    explanation of a choice.
    """
    widget = bound.field.widget
    base = bound.auto_id or f"id_{bound.html_name}"
    shown_label, shown_hint = label or str(bound.label or ""), hint or str(bound.help_text or "")
    errors = _texts(bound)
    described = [f"{base}_hint"] * bool(shown_hint) + [f"{base}_error"] * bool(errors)
    parts = {
        "base": base,
        "label": shown_label,
        "errors": errors,
        "described": " ".join(described),
        "hint": shown_hint,
        "optional": not bound.field.required,
    }
    extra = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}

    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return _group(bound, parts, _choices(bound, choice_hints or {}, extra), legend_is_heading)
    if isinstance(widget, DatePartsInput):
        control = bound.as_widget(attrs=extra | {"aria-invalid": "true"} if errors else extra)
        return _group(bound, parts, control, legend_is_heading)
    if isinstance(widget, forms.CheckboxInput):
        return _checkbox(bound, parts, extra)

    if described:
        extra["aria-describedby"] = parts["described"]
    if errors:
        extra["aria-invalid"] = "true"
    extra["class"] = " ".join(
        part
        for part in (
            str(widget.attrs.get("class", "")),
            "form-select"
            if isinstance(widget, forms.Select) and not widget.allow_multiple_selected
            else "form-control",
            f"width-{width or _natural_width(widget)}",
            "is-invalid" if errors else "",
        )
        if part
    )
    if isinstance(widget, MoneyInput):
        suffix = suffix or "đ"
        extra.setdefault("inputmode", "numeric")
        extra.setdefault("autocomplete", "off")
    if isinstance(widget, DateInput):
        extra.setdefault("inputmode", "numeric")
        extra.setdefault("autocomplete", "off")
    control = bound.as_widget(attrs=extra)
    if prefix or suffix:
        control = format_html(
            '<div class="affixed">{}{}{}</div>',
            format_html('<span class="affix" aria-hidden="true">{}</span>', prefix) if prefix else "",
            control,
            format_html('<span class="affix" aria-hidden="true">{}</span>', suffix) if suffix else "",
        )
    return format_html(
        '<div class="field{}"><label class="form-label" for="{}">{}{}</label>{}{}{}</div>',
        " field-invalid" if errors else "",
        bound.id_for_label or base,
        shown_label,
        _optional(parts),
        _hint(parts),
        _errors(parts),
        control,
    )


def _texts(bound: BoundField) -> list[str]:
    """The errors of a field; the bare "required" of Django is said in the words that fit the question."""
    texts = []
    for error in bound.errors.as_data():
        if error.code == "required" and error.message == forms.Field.default_error_messages["required"]:
            texts.append(_required(bound.field.widget))
        else:
            texts.extend(str(message) for message in error.messages)
    return texts


def _required(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return _("Choose at least one answer.")
    if isinstance(widget, forms.Select | forms.RadioSelect):
        return _("Choose an answer.")
    if isinstance(widget, forms.CheckboxInput):
        return _("Tick this box to go on.")
    return _("Fill in this field.")


def _natural_width(widget: forms.Widget) -> str:
    if isinstance(widget, DateInput):
        return "10"
    if isinstance(widget, MoneyInput | forms.NumberInput):
        return "20"
    return "full"


def _optional(parts: dict[str, Any]) -> SafeString | str:
    return format_html(' <span class="optional">{}</span>', _("(optional)")) if parts["optional"] else ""


def _hint(parts: dict[str, Any]) -> SafeString | str:
    return format_html('<p class="hint" id="{}_hint">{}</p>', parts["base"], parts["hint"]) if parts["hint"] else ""


def _errors(parts: dict[str, Any]) -> SafeString | str:
    if not parts["errors"]:
        return ""
    lines = mark_safe("<br>".join(format_html("{}", error) for error in parts["errors"]))
    return format_html(
        '<p class="field-error" id="{}_error">{}<span><span class="visually-hidden">{}</span> {}</span></p>',
        parts["base"],
        draw_icon("alert-octagon"),
        _("Error:"),
        lines,
    )


def _group(bound: BoundField, parts: dict[str, Any], inner: str, heading: bool) -> SafeString:
    legend = (
        format_html("<h1>{}{}</h1>", parts["label"], _optional(parts))
        if heading
        else format_html("{}{}", parts["label"], _optional(parts))
    )
    return format_html(
        '<fieldset class="field{}" id="{}_group"{}><legend class="form-label">{}</legend>{}{}{}</fieldset>',
        " field-invalid" if parts["errors"] else "",
        parts["base"],
        format_html(' aria-describedby="{}"', parts["described"]) if parts["described"] else "",
        legend,
        _hint(parts),
        _errors(parts),
        inner,
    )


def _choices(bound: BoundField, hints: dict[str, str], extra: dict[str, Any]) -> SafeString:
    rows = []
    for choice in bound.subwidgets:
        data = choice.data
        if (
            str(data.get("value", "")) == ""
            and isinstance(bound.field.widget, forms.RadioSelect)
            and bound.field.required
        ):
            continue  # the "---------" of a model field is not an answer
        hint = hints.get(str(data.get("value", "")), "")
        described = f"{choice.id_for_label}_hint" if hint else None
        rows.append(
            format_html(
                '<div class="choice"><input type="{}" class="form-check-input" name="{}" value="{}" id="{}"{}{}{}>'
                '<label class="choice-label" for="{}">{}</label>{}</div>',
                data["type"],
                data["name"],
                data["value"],
                choice.id_for_label,
                mark_safe(" checked") if data["selected"] else "",
                mark_safe(" disabled") if data["attrs"].get("disabled") else "",
                format_html(' aria-describedby="{}"', described) if described else "",
                choice.id_for_label,
                choice.choice_label,
                format_html('<p class="hint" id="{}">{}</p>', described, hint) if hint else "",
            )
        )
    return format_html('<div class="choices">{}</div>', mark_safe("".join(rows)))


def _checkbox(bound: BoundField, parts: dict[str, Any], extra: dict[str, Any]) -> SafeString:
    if parts["described"]:
        extra["aria-describedby"] = parts["described"]
    if parts["errors"]:
        extra["aria-invalid"] = "true"
    extra["class"] = "form-check-input"
    return format_html(
        '<div class="field{}">{}<div class="choice">{}<label class="choice-label" for="{}">{}</label>{}</div></div>',
        " field-invalid" if parts["errors"] else "",
        _errors(parts),
        bound.as_widget(attrs=extra),
        bound.id_for_label,
        parts["label"],
        _hint(parts),
    )


@register.simple_tag
def fields(form: forms.BaseForm) -> SafeString:
    """All fields of a form in their order, hidden ones included; errors of the whole form belong to the summary."""
    hidden = "".join(str(bound) for bound in form.hidden_fields())
    return mark_safe(hidden + "".join(str(field(bound)) for bound in form.visible_fields()))


@register.simple_block_tag
def field_group(content: str, legend: str, hint: str = "") -> SafeString:
    """Questions that belong together: {% field_group _("Address") %}{% field ... %}{% endfield_group %}."""
    return format_html(
        '<fieldset class="field-group"><legend>{}</legend>{}{}</fieldset>',
        legend,
        format_html('<p class="hint">{}</p>', hint) if hint else "",
        mark_safe(content),
    )


@register.inclusion_tag("ui/components/error_summary.html")
def error_summary(*sources: Any) -> dict[str, Any]:
    """Everything that has to be put right, on top of the page; each line jumps to its field.

    Sources: forms, formsets, or refusals (an object with message, way_out and optionally field: the id to jump to).
    """
    return {"problems": [problem for source in sources if source for problem in _problems(source)]}


def _problems(source: Any) -> Iterable[dict[str, str]]:
    if isinstance(source, forms.BaseFormSet):
        for error in source.non_form_errors():
            yield {"text": str(error), "target": ""}
        for form in source.forms:
            yield from _problems(form)
    elif isinstance(source, forms.BaseForm):
        for error in source.non_field_errors():
            yield {"text": str(error), "target": ""}
        for bound in source:
            for error in _texts(bound):
                yield {
                    "text": _named(bound.label, error),
                    "target": _target(bound),
                }
    elif message := attribute(source, "message"):
        name = attribute(source, "field") or ""
        text = " ".join(str(part) for part in (message, attribute(source, "way_out")) if part)
        yield {"text": text, "target": f"id_{name}" if name else ""}
    elif isinstance(source, str):
        yield {"text": source, "target": ""}


def _named(label: object, error: str) -> str:
    name = str(label or "").rstrip(": ")
    return f"{name}{' ' if name.endswith('?') else ': '}{error}" if name else error


def _target(bound: BoundField) -> str:
    base = bound.auto_id or f"id_{bound.html_name}"
    widget = bound.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        choices = list(bound.subwidgets)
        return str(choices[0].id_for_label) if choices else f"{base}_group"
    if isinstance(widget, DatePartsInput):
        return f"{base}_day"
    return str(base)
