"""The words of the catalogue: levels, ways of filing, units of time, states, as people read them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from langbiang.foundation.ui.formats import money, number
from langbiang.foundation.ui.statuses import Status, define_statuses

Text = str | Promise
LEVELS: Mapping[str, Text] = {
    "commune": lazy("Commune level"),
    "province": lazy("Province level"),
    "ministry": lazy("Ministry level"),
    "other": lazy("Other agency"),
}
CHANNELS: Mapping[str, Text] = {
    "direct": lazy("At the counter"), "online": lazy("Online"), "postal": lazy("By post"),
}  # fmt: skip
AUDIENCES: Mapping[str, Text] = {"citizen": lazy("Citizens"), "business": lazy("Businesses and organisations")}
ONLINE: Mapping[str, Text] = {
    "full": lazy("Fully online"), "partial": lazy("Partly online"), "information": lazy("Not online yet"),
}  # fmt: skip
FEE_KINDS: Mapping[str, Text] = {"phi": lazy("Fee"), "le_phi": lazy("Charge")}
ROLES: Mapping[str, Text] = {
    "receiver": lazy("Receiving officer"), "dispatcher": lazy("Head who assigns"), "officer": lazy("Case officer"),
    "field_team": lazy("Field team"), "consulted": lazy("Consulted agency"), "council_secretary": lazy("Council secretary"),
    "reviewer": lazy("Reviewing head"), "signer": lazy("Signing leader"), "clerk": lazy("Clerk"),
    "cashier": lazy("Cashier"), "returner": lazy("Officer who hands over"), "leader": lazy("Leader"),
}  # fmt: skip
STEP_KINDS: Mapping[str, Text] = {
    "task": lazy("Work"), "check": lazy("Check"), "field": lazy("Field visit"), "consult": lazy("Consultation"),
    "council": lazy("Council"), "wait_ext": lazy("Wait for another agency"), "wait_money": lazy("Wait for payment"),
    "posting": lazy("Public posting"), "sign": lazy("Signature"), "release": lazy("Number and release"),
    "return": lazy("Hand over"),
}  # fmt: skip
PLACES: Mapping[str, Text] = {
    "competent": lazy("Deciding agency"), "receiving": lazy("Receiving agency"), "parent": lazy("Agency above"),
}  # fmt: skip
VERDICTS: Mapping[str, Text] = {
    "structured": lazy("Read completely"), "review": lazy("To be looked at"), "failed": lazy("Not readable"),
}  # fmt: skip


def declare() -> None:
    """Add this room's states to the one map of statuses."""
    define_statuses(
        "procedure_version",
        {
            "draft": Status(lazy("Draft"), "neutral", "pencil"),
            "approved": Status(lazy("Approved, not published"), "info"),
            "published": Status(lazy("Published"), "done", "world"),
            "retired": Status(lazy("No longer in force"), "neutral", "circle-off"),
        },
    )
    define_statuses(
        "process_sheet",
        {
            "draft": Status(lazy("Draft"), "neutral", "pencil"),
            "approved": Status(lazy("In force"), "done"),
            "retired": Status(lazy("Replaced"), "neutral", "circle-off"),
        },
    )
    define_statuses(
        "import_row",
        {
            "pending": Status(lazy("Waits for a decision"), "caution"),
            "approved": Status(lazy("Taken over"), "done"),
            "rejected": Status(lazy("Rejected"), "neutral", "circle-x"),
            "unchanged": Status(lazy("No change"), "neutral"),
            "superseded": Status(lazy("Replaced by a later import"), "neutral", "circle-off"),
        },
    )
    define_statuses(
        "import_verdict",
        {
            "structured": Status(lazy("Read completely"), "done"),
            "review": Status(lazy("To be looked at"), "caution"),
            "failed": Status(lazy("Not readable"), "late"),
        },
    )
    define_statuses(
        "online_level",
        {
            "full": Status(lazy("Fully online"), "done", "world"),
            "partial": Status(lazy("Partly online"), "info", "world"),
            "information": Status(lazy("Not online yet"), "neutral", "building"),
        },
    )


def is_english() -> bool:
    """Whether the reader chose English."""
    return (get_language() or "vi").startswith("en")


def in_language(part: Any, name: str) -> str:
    """The name of a thing in the reader's language; Vietnamese where there is no English."""
    return str((getattr(part, f"{name}_en", "") if is_english() else "") or getattr(part, name))


def duration(amount: Decimal | None, unit: str) -> str:
    """How long, in words: `3 ngày làm việc`; empty where nothing is stated."""
    if amount is None or not unit:
        return ""
    places = max(0, -int(amount.normalize().as_tuple().exponent))
    value, n = number(amount, places), 1 if amount == 1 else 2
    words = {
        "working_days": ngettext("%(n)s working day", "%(n)s working days", n),
        "calendar_days": ngettext("%(n)s day", "%(n)s days", n),
        "months": ngettext("%(n)s month", "%(n)s months", n),
        "working_hours": ngettext("%(n)s working hour", "%(n)s working hours", n),
    }
    return words.get(unit, "%(n)s") % {"n": value}


def fee(state: str, amount: Decimal | None, currency: str) -> str:
    """What one way of filing costs, in words."""
    if state == "free":
        return _("Free of charge")
    if amount is None:
        return _("Ask the agency")
    return money(int(amount)) if currency == "VND" else f"{number(amount, 2 if amount % 1 else 0)} {currency}"


def levels(codes: tuple[str, ...] | list[str]) -> str:
    """The levels of a procedure, in words."""
    return ", ".join(str(LEVELS.get(code, code)) for code in codes)


def copies(originals: int, photocopies: int) -> str:
    """How many of a paper: `1 bản chính, 2 bản sao`."""
    parts = []
    if originals:
        parts.append(ngettext("%(n)s original", "%(n)s originals", originals) % {"n": originals})
    if photocopies:
        parts.append(ngettext("%(n)s copy", "%(n)s copies", photocopies) % {"n": photocopies})
    return ", ".join(parts)


def hours(value: Decimal | int) -> str:
    """Working hours in words: `12,5 giờ`."""
    amount = Decimal(value)
    places = max(0, -int(amount.normalize().as_tuple().exponent))
    return ngettext("%(n)s hour", "%(n)s hours", 1 if amount == 1 else 2) % {"n": number(amount, places)}
