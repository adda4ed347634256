"""Fields for Django forms that accept what people really type, and say what to do when they cannot."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui import formats

Text = str | Promise


class DateInput(forms.TextInput):
    """One field, dd/mm/yyyy."""

    def format_value(self, value: Any) -> str | None:
        """A day in the Vietnamese order; what was typed stays as it was typed."""
        return formats.day(value) if isinstance(value, date) else super().format_value(value)


class DatePartsInput(forms.Widget):
    """Day, month and year in three small fields: for days people know by heart, such as a date of birth."""

    template_name = "ui/widgets/date_parts.html"
    parts = ("day", "month", "year")

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str | None:
        """The three parts as d/m/y; a single value under the plain name is accepted too."""
        if f"{name}_day" not in data and name in data:
            return str(data[name] or "")
        given = [str(data.get(f"{name}_{part}", "")).strip() for part in self.parts]
        return "/".join(given) if any(given) else ""

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Whether nothing at all was sent for this field."""
        return name not in data and all(f"{name}_{part}" not in data for part in self.parts)

    def id_for_label(self, id_: str | None, index: str | None = None) -> str:
        """The error summary jumps to the day."""
        return f"{id_}_day" if id_ else ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """What the template of the three fields needs."""
        context = super().get_context(name, value, attrs)
        if isinstance(value, date):
            shown = [str(value.day), str(value.month), str(value.year)]
        else:
            shown = ([*str(value or "").split("/"), "", "", ""])[:3]
        labels = (_("Day"), _("Month"), _("Year"))
        base = context["widget"]["attrs"].get("id", f"id_{name}")
        birthday = "bday" in str(context["widget"]["attrs"].get("autocomplete", ""))
        context["widget"]["parts"] = [
            {
                "name": f"{name}_{part}",
                "id": f"{base}_{part}",
                "label": label,
                "value": text,
                "width": 4 if part == "year" else 2,
                "autocomplete": f"bday-{part}" if birthday else "",
            }
            for part, label, text in zip(self.parts, labels, shown, strict=True)
        ]
        return context


class DateField(forms.Field):
    """A day, typed as 5/9/2026, 05.09.2026, 05-09-2026, 05092026 or 2026-09-05; gives a `date`.

    earliest, latest: the first and last day allowed (a date, or a function giving one).
    """

    widget: type[forms.Widget] = DateInput
    example: Text = _("For example 25/11/2026")
    default_error_messages = {
        "required": _("Enter the date, for example 25/11/2026."),
        "invalid": _("“%(value)s” is not a date. Write day/month/year, for example 25/11/2026."),
        "no_such_day": _("There is no day %(value)s in the calendar. Check the day and the month."),
        "incomplete": _("Enter day, month and year, for example 25 11 2026."),
        "too_early": _("The date must be %(limit)s or later."),
        "too_late": _("The date must be %(limit)s or earlier."),
    }

    def __init__(self, *, earliest: Any = None, latest: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", self.example)
        super().__init__(**kwargs)
        self.earliest, self.latest = earliest, latest

    def to_python(self, value: Any) -> date | None:
        """The day meant, whatever the separators."""
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date) or value in self.empty_values:
            return value or None
        text = unicodedata.normalize("NFKC", str(value)).strip()
        if re.fullmatch(r"\d{8}", text):
            text = f"{text[:2]}/{text[2:4]}/{text[4:]}"
        if iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
            year, month, day = iso.groups()
        else:
            parts = re.split(r"\s*[/.\-\s]\s*", text)
            if len(parts) == 3 and not all(parts):
                raise forms.ValidationError(self.error_messages["incomplete"], code="incomplete")
            if len(parts) != 3 or not all(re.fullmatch(r"[0-9]+", part) for part in parts) or len(parts[2]) != 4:
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid", params={"value": text[:30]})
            day, month, year = parts
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            raise forms.ValidationError(
                self.error_messages["no_such_day"],
                code="no_such_day",
                params={"value": f"{day}/{month}/{year}"},
            ) from None

    def validate(self, value: date | None) -> None:
        """Within the days allowed."""
        super().validate(value)
        if value is None:
            return
        earliest = self.earliest() if callable(self.earliest) else self.earliest
        latest = self.latest() if callable(self.latest) else self.latest
        if earliest and value < earliest:
            raise forms.ValidationError(
                self.error_messages["too_early"], code="too_early", params={"limit": formats.day(earliest)}
            )
        if latest and value > latest:
            raise forms.ValidationError(
                self.error_messages["too_late"], code="too_late", params={"limit": formats.day(latest)}
            )

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares days, not spellings."""
        try:
            return self.to_python(initial) != self.to_python(data)
        except forms.ValidationError:
            return True


class DatePartsField(DateField):
    """A day in three fields. The error summary leads to the first of them."""

    widget = DatePartsInput
    example = _("For example 25 11 2026")


class MoneyInput(forms.TextInput):
    """An amount in đồng, grouped in threes."""

    def format_value(self, value: Any) -> str | None:
        """1250000 -> 1.250.000; what was typed stays."""
        return formats.number(value) if isinstance(value, int) else super().format_value(value)


class MoneyField(forms.Field):
    """An amount in whole đồng, typed as 1250000, 1.250.000, 1,250,000 or 1 250 000 đ; gives an int."""

    widget = MoneyInput
    default_error_messages = {
        "required": _("Enter the amount in đồng, for example 1.250.000."),
        "invalid": _("“%(value)s” is not an amount. Write whole đồng, for example 1.250.000."),
        "ambiguous": _(
            "“%(value)s” can be read in two ways. Write whole đồng without decimals, for example 1.250.000."
        ),
        "too_small": _("The amount must be %(limit)s or more."),
        "too_large": _("The amount must be %(limit)s or less."),
    }

    def __init__(self, *, least: int | None = 0, most: int | None = 10**15, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def to_python(self, value: Any) -> int | None:
        """The amount meant; grouping must be in threes, so that 1.25 is never taken for 125."""
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        shown = {"value": str(value)[:30]}
        text = unicodedata.normalize("NFKC", str(value)).strip().lower()
        text = re.sub(r"\s*(đồng|dong|vnđ|vnd|đ|₫)\.?$", "", text)
        if re.fullmatch(r"[+-]?[0-9]+", text):
            return int(text)
        if re.fullmatch(r"[+-]?[0-9]{1,3}(?:([.,\s])[0-9]{3}(?:\1[0-9]{3})*)", text):
            return int(re.sub(r"[.,\s]", "", text))
        if re.fullmatch(r"[+-]?[0-9]+(?:[.,\s][0-9]+)+", text):
            raise forms.ValidationError(self.error_messages["ambiguous"], code="ambiguous", params=shown)
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid", params=shown)

    def validate(self, value: int | None) -> None:
        """Within the amounts allowed."""
        super().validate(value)
        if value is None:
            return
        if self.least is not None and value < self.least:
            raise forms.ValidationError(
                self.error_messages["too_small"],
                code="too_small",
                params={"limit": formats.money(self.least)},
            )
        if self.most is not None and value > self.most:
            raise forms.ValidationError(
                self.error_messages["too_large"], code="too_large", params={"limit": formats.money(self.most)}
            )


class UploadInput(forms.FileInput):
    """A file field that tells the browser script its limits; the server checks again."""

    allow_multiple_selected = False


class UploadsInput(UploadInput):
    """Several files at once."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All files sent under the name."""
        return files.getlist(name) if hasattr(files, "getlist") else [f for f in [files.get(name)] if f]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether no file was sent."""
        return name not in files


class UploadField(forms.FileField):
    """One file. Size and ending are checked here; what the file really is, by the room `files`.

    endings: accepted endings with the dot. max_bytes: the limit the person is told.
    """

    widget = UploadInput
    default_error_messages = {
        "required": _("Choose a file."),
        "empty": _("The file is empty. Choose it again, or scan the paper again."),
        "too_large": _(
            "“%(name)s” is %(size)s; the limit is %(limit)s, so it was not uploaded. "
            "Take the picture at a lower resolution or split the file."
        ),
        "wrong_kind": _("“%(name)s” is not accepted here. Accepted: %(kinds)s."),
    }

    def __init__(
        self,
        *,
        endings: Sequence[str] = (".pdf", ".jpg", ".jpeg", ".png"),
        max_bytes: int = 20_000_000,
        **kwargs: Any,
    ) -> None:
        self.endings, self.max_bytes = tuple(ending.lower() for ending in endings), max_bytes
        kwargs.setdefault("help_text", self.limits())
        super().__init__(**kwargs)

    def limits(self) -> Text:
        """The limits in words, as the hint of the field."""
        return _lazy_limits(kinds_in_words(self.endings), self.max_bytes)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """What the browser is told of the limits."""
        attrs = super().widget_attrs(widget)
        attrs |= {"accept": ",".join(self.endings), "data-max-bytes": str(self.max_bytes), "data-upload": ""}
        return attrs

    def to_python(self, data: Any) -> Any:
        """The file, when its name and size are in order."""
        file = super().to_python(data)
        if isinstance(file, UploadedFile):
            self._check(file)
        return file

    def _check(self, file: "UploadedFile[Any]") -> None:
        name = str(file.name or "")
        if self.max_bytes and (file.size or 0) > self.max_bytes:
            params = {
                "name": name,
                "size": formats.file_size(file.size),
                "limit": formats.file_size(self.max_bytes),
            }
            raise forms.ValidationError(self.error_messages["too_large"], code="too_large", params=params)
        if self.endings and not name.lower().endswith(self.endings):
            kinds = {"name": name, "kinds": kinds_in_words(self.endings)}
            raise forms.ValidationError(self.error_messages["wrong_kind"], code="wrong_kind", params=kinds)


class UploadsField(UploadField):
    """Several files; gives a list. All are checked, and every one that is wrong is named."""

    widget = UploadsInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """The files in order, or all problems together."""
        files = [file for file in (data or []) if file]
        if not files:
            if self.required and not initial:
                raise forms.ValidationError(self.error_messages["required"], code="required")
            return []
        cleaned, problems = [], []
        for file in files:
            try:
                cleaned.append(super().clean(file, None))
            except forms.ValidationError as problem:
                problems.extend(problem.error_list)
        if problems:
            raise forms.ValidationError(problems)
        return cleaned


def kinds_in_words(endings: Sequence[str]) -> str:
    """(".pdf", ".jpg", ".jpeg") -> "PDF, JPG"."""
    names = [ending.lstrip(".").upper() for ending in endings]
    return ", ".join(dict.fromkeys("JPG" if name == "JPEG" else name for name in names))


def _limits(kinds: str, max_bytes: int) -> str:
    return str(_("%(kinds)s, up to %(limit)s")) % {"kinds": kinds, "limit": formats.file_size(max_bytes)}


def _lazy_limits(kinds: str, max_bytes: int) -> Text:
    from django.utils.functional import lazy

    return lazy(_limits, str)(kinds, max_bytes)
