"""The kinds of questions: how an answer is read, whatever it came as, and how it is said back."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.people import identity

from . import sources

KINDS = (
    "text", "long_text", "name", "number", "decimal", "money", "date", "yes_no", "choice", "choices", "identity",
    "tax_code", "phone", "email", "address", "place", "file", "info",
)  # fmt: skip
LENGTH = {"text": 300, "long_text": 4000, "name": 120, "address": 300, "email": 254, "phone": 20}
_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$")
# Control characters, signs that turn the direction of writing, and halves of characters no database can keep.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_LONGEST_NUMBER = 10**18
Question = Mapping[str, Any]


class Wrong(Exception):
    """An answer that cannot be taken, with the words for the person."""

    def __init__(self, message: Any) -> None:
        super().__init__(str(message))
        self.message = message


def is_empty(value: Any) -> bool:
    """Whether nothing was answered."""
    return value is None or value == [] or (isinstance(value, str) and not fit(value).strip())


def in_words(part: Mapping[str, Any], name: str) -> str:
    """A text of the definition in the language of the page, Vietnamese where there is no other."""
    english = (get_language() or "").startswith("en")
    return str((part.get(f"{name}_en") if english else None) or part.get(name) or "")


def choices_of(question: Question) -> list[tuple[str, str, str]]:
    """(value, label, English label) of a question's choices."""
    source = question.get("choices_from") or (
        "communes" if question["kind"] == "place" and "choices" not in question else ""
    )
    if source:
        return [(value, label, label) for value, label in sources.choices(str(source))]
    return [
        (str(c["value"]), str(c["label"]), str(c.get("label_en") or c["label"])) for c in question.get("choices", [])
    ]


def fit(text: str) -> str:
    """Text without what cannot be kept or would deceive a reader, with composed letters as Vietnamese is written."""
    return unicodedata.normalize("NFC", _UNFIT.sub("", text))


def read(question: Question, value: Any) -> Any:
    """The answer as it is kept. Raises Wrong."""
    kind = question["kind"]
    if kind in ("choices", "file"):
        return _several(question, value)
    if kind == "yes_no":
        return _yes_no(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _LONGEST_NUMBER:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Wrong(_("This answer cannot be read. Enter it again."))
    if isinstance(value, int) and abs(value) >= _LONGEST_NUMBER:
        raise Wrong(_("This number is too large."))
    text = fit(str(value)).strip()
    if not text:
        raise Wrong(_("This answer cannot be read. Enter it again."))
    reader = _READERS.get(kind, _text)
    return reader(question, text)


def typed(question: Question, text: str) -> str:
    """What was typed on a page, in the words `read` takes: there a point parts thousands, as Vietnamese is written."""
    plain = _plain(text)
    if question["kind"] == "decimal" and re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+", plain):
        return plain.replace(".", "")
    return text


def _text(question: Question, text: str) -> str:
    kind = question["kind"]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    limit = int(question.get("max_length") or LENGTH.get(kind, 300))
    if len(text) > limit:
        raise Wrong(_("At most %(limit)s characters; there are %(count)s.") % {"limit": limit, "count": len(text)})
    if kind == "long_text":
        return text
    text = " ".join(text.split())
    if pattern := question.get("pattern"):
        if not re.fullmatch(pattern, text):
            raise Wrong(in_words(question, "pattern_message") or _("This is not in the form expected."))
    return text


def _name(question: Question, text: str) -> str:
    text = _text(question, text)
    if any(ch.isdigit() for ch in text) or len(text) < 2:
        raise Wrong(_("Write the full name in letters, as on the identity card."))
    return text


def _plain(text: str) -> str:
    """Digits and signs as a keyboard types them, also when a telephone wrote wide ones."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def _number(question: Question, text: str) -> int:
    text = _plain(text)
    flat = re.sub(r"[. ]", "", text) if re.fullmatch(r"-?[0-9]{1,3}([. ][0-9]{3})+", text) else text
    if not re.fullmatch(r"-?[0-9]{1,15}", flat):
        raise Wrong(_("Write a whole number, for example 2."))
    return int(_within(question, int(flat)))


def _decimal(question: Question, text: str) -> str:
    flat = _plain(text).replace(" ", "")
    if "," in flat:
        flat = flat.replace(".", "").replace(",", ".")
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", flat):
        raise Wrong(_("Write a number, for example 120,5."))
    value = Decimal(flat)
    _within(question, value)
    return format(value.normalize() if value else Decimal(0), "f")


def _money(question: Question, text: str) -> int:
    flat = re.sub(r"\s*(đồng|đ|₫|VND|VNĐ)$", "", _plain(text), flags=re.IGNORECASE)
    if re.fullmatch(r"[0-9]{1,3}([., ][0-9]{3})+", flat):
        flat = re.sub(r"[., ]", "", flat)
    if not re.fullmatch(r"[0-9]{1,15}", flat):
        raise Wrong(_("Write an amount in đồng, for example 1.500.000."))
    return int(_within(question, int(flat)))


def _within(question: Question, value: Any) -> Any:
    low, high = question.get("min"), question.get("max")
    if low is not None and value < Decimal(str(low)):
        raise Wrong(_("At least %(limit)s.") % {"limit": say(question, low)})
    if high is not None and value > Decimal(str(high)):
        raise Wrong(_("At most %(limit)s.") % {"limit": say(question, high)})
    return value


def _date(question: Question, text: str) -> str:
    text = _plain(text)
    if iso := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text):
        year, month, day = map(int, iso.groups())
    elif flat := re.fullmatch(r"([0-9]{2})([0-9]{2})([0-9]{4})", text):
        day, month, year = map(int, flat.groups())
    else:
        parts = re.split(r"\s*[/.\-\s]\s*", text)
        if len(parts) != 3 or not all(re.fullmatch(r"[0-9]{1,4}", p) for p in parts) or len(parts[2]) != 4:
            raise Wrong(_("Enter day, month and year, for example 25/11/2026."))
        day, month, year = map(int, parts)
    try:
        found = date(year, month, day)
    except ValueError:
        raise Wrong(_("There is no day %(value)s in the calendar.") % {"value": f"{day}/{month}/{year}"}) from None
    if not date(1880, 1, 1) <= found <= date(2200, 1, 1):
        raise Wrong(_("Check the year %(year)s.") % {"year": year})
    return found.isoformat()


def _yes_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ("yes", "true", "1", "on"):
        return True
    if isinstance(value, str) and value in ("no", "false", "0"):
        return False
    raise Wrong(_("Choose yes or no."))


def _choice(question: Question, text: str) -> str:
    if text not in {value for value, _label, _english in choices_of(question)}:
        raise Wrong(_("Choose one of the answers."))
    return text


def _several(question: Question, value: Any) -> list[Any]:
    given = value if isinstance(value, list) else [value]
    if question["kind"] == "file":
        if not all(isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**63 for v in given):
            raise Wrong(_("Attach the file again."))
        if len(given) > int(question.get("max") or 10):
            raise Wrong(_("At most %(limit)s files.") % {"limit": question.get("max") or 10})
        return list(dict.fromkeys(given))
    known = {value for value, _label, _english in choices_of(question)}
    if not all(isinstance(v, str) and v in known for v in given):
        raise Wrong(_("Choose among the answers."))
    return list(dict.fromkeys(given))


def _identity(question: Question, text: str) -> str:
    text = _plain(text)
    number = identity.clean(text)
    if re.search(r"[^0-9\s.\-]", text) or identity.problem(number):
        raise Wrong(_("This is not a personal identification number: 12 digits as on the identity card."))
    return number


def _tax_code(question: Question, text: str) -> str:
    text = _plain(text)
    number = identity.clean(text)
    if re.search(r"[^0-9\s.\-]", text) or identity.business_problem(number):
        raise Wrong(_("This is not a business code: 10 digits, or 13 for a branch. Check the digits."))
    return number


def _phone(question: Question, text: str) -> str:
    digits = re.sub(r"[\s.\-()]", "", _plain(text))
    digits = re.sub(r"^(\+84|0084|84(?=[0-9]{9}$))0?", "0", digits)
    if not re.fullmatch(r"0[1-9][0-9]{8,9}", digits):
        raise Wrong(_("Write a telephone number of 10 digits, for example 0912 345 678."))
    return digits


def _email(question: Question, text: str) -> str:
    text = _plain(text)
    if len(text) > 254 or not _EMAIL.match(text):
        raise Wrong(_("Write an e-mail address, for example an@example.vn."))
    return text


_READERS: dict[str, Any] = {
    "name": _name, "number": _number, "decimal": _decimal, "money": _money, "date": _date, "choice": _choice,
    "place": _choice, "identity": _identity, "tax_code": _tax_code, "phone": _phone, "email": _email,
}  # fmt: skip


def say(question: Question, value: Any, *, english: bool = False) -> str:
    """An answer as a person reads it."""
    if is_empty(value):
        return ""
    kind = question["kind"]
    if kind == "yes_no":
        return str({True: _("Yes"), False: _("No")}[value]) if isinstance(value, bool) else str(value)
    if kind in ("choice", "place", "choices"):
        labels = {v: (e if english else label) for v, label, e in choices_of(question)}
        return ", ".join(labels.get(str(v), str(v)) for v in (value if isinstance(value, list) else [value]))
    if kind == "date":
        try:
            return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
        except ValueError:
            return str(value)
    if kind == "money":
        return f"{value:,}".replace(",", ".") + " đ" if isinstance(value, int) else str(value)
    if kind == "decimal":
        return str(value).replace(".", ",")
    if kind == "file":
        return str(_("%(count)s file(s)") % {"count": len(value)}) if isinstance(value, list) else ""
    return str(value)
