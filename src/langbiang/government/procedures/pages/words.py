"""The words of the catalogue: levels, ways of filing, units of time, states, as people read them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from langbiang.foundation.ui.formats import day, money, number
from langbiang.foundation.ui.statuses import Status, define_statuses

Text = str | Promise
LEVELS: Mapping[str, Text] = {
    "commune": gettext_lazy("Commune level"),
    "province": gettext_lazy("Province level"),
    "ministry": gettext_lazy("Ministry level"),
    "other": gettext_lazy("Other agency"),
}
CHANNELS: Mapping[str, Text] = {
    "direct": gettext_lazy("At the counter"), "online": gettext_lazy("Online"), "postal": gettext_lazy("By post"),
}  # fmt: skip
AUDIENCES: Mapping[str, Text] = {
    "citizen": gettext_lazy("Citizens"),
    "business": gettext_lazy("Businesses and organisations"),
}
ONLINE: Mapping[str, Text] = {
    "full": gettext_lazy("Fully online"), "partial": gettext_lazy("Partly online"), "information": gettext_lazy("Not online yet"),
}  # fmt: skip
FEE_KINDS: Mapping[str, Text] = {"phi": gettext_lazy("Fee"), "le_phi": gettext_lazy("Charge")}
ROLES: Mapping[str, Text] = {
    "receiver": gettext_lazy("Receiving officer"), "dispatcher": gettext_lazy("Head who assigns"), "officer": gettext_lazy("Case officer"),
    "field_team": gettext_lazy("Field team"), "consulted": gettext_lazy("Consulted agency"), "council_secretary": gettext_lazy("Council secretary"),
    "reviewer": gettext_lazy("Reviewing head"), "signer": gettext_lazy("Signing leader"), "clerk": gettext_lazy("Clerk"),
    "cashier": gettext_lazy("Cashier"), "returner": gettext_lazy("Officer who hands over"), "leader": gettext_lazy("Leader"),
}  # fmt: skip
STEP_KINDS: Mapping[str, Text] = {
    "task": gettext_lazy("Work"), "check": gettext_lazy("Check"), "field": gettext_lazy("Field visit"), "consult": gettext_lazy("Consultation"),
    "council": gettext_lazy("Council"), "wait_ext": gettext_lazy("Wait for another agency"), "wait_money": gettext_lazy("Wait for payment"),
    "posting": gettext_lazy("Public posting"), "sign": gettext_lazy("Signature"), "release": gettext_lazy("Number and release"),
    "return": gettext_lazy("Hand over"),
}  # fmt: skip
PLACES: Mapping[str, Text] = {
    "competent": gettext_lazy("Deciding agency"), "receiving": gettext_lazy("Receiving agency"), "parent": gettext_lazy("Agency above"),
}  # fmt: skip
CUTOFFS: Mapping[str, Text] = {
    "same_day": gettext_lazy("Only where the result is given the same day"), "all": gettext_lazy("For every filing"),
    "none": gettext_lazy("None"),
}  # fmt: skip
ROUTES: Mapping[str, Text] = {"local": gettext_lazy("Here"), "ministry": gettext_lazy("In a system of a ministry")}
VERDICTS: Mapping[str, Text] = {
    "structured": gettext_lazy("Read completely"), "review": gettext_lazy("To be looked at"), "failed": gettext_lazy("Not readable"),
}  # fmt: skip


def declare() -> None:
    """Add this room's states to the one map of statuses."""
    define_statuses(
        "procedure_version",
        {
            "draft": Status(gettext_lazy("Draft"), "neutral", "pencil"),
            "approved": Status(gettext_lazy("Approved, not published"), "info"),
            "published": Status(gettext_lazy("Published"), "done", "world"),
            "retired": Status(gettext_lazy("No longer in force"), "neutral", "circle-off"),
        },
    )
    define_statuses(
        "process_sheet",
        {
            "draft": Status(gettext_lazy("Draft"), "neutral", "pencil"),
            "approved": Status(gettext_lazy("In force"), "done"),
            "retired": Status(gettext_lazy("Replaced"), "neutral", "circle-off"),
        },
    )
    define_statuses(
        "import_row",
        {
            "pending": Status(gettext_lazy("Waits for a decision"), "caution"),
            "approved": Status(gettext_lazy("Taken over"), "done"),
            "rejected": Status(gettext_lazy("Rejected"), "neutral", "circle-x"),
            "unchanged": Status(gettext_lazy("No change"), "neutral"),
            "superseded": Status(gettext_lazy("Replaced by a later import"), "neutral", "circle-off"),
        },
    )
    define_statuses(
        "import_verdict",
        {
            "structured": Status(gettext_lazy("Read completely"), "done"),
            "review": Status(gettext_lazy("To be looked at"), "caution"),
            "failed": Status(gettext_lazy("Not readable"), "late"),
        },
    )
    define_statuses(
        "online_level",
        {
            "full": Status(gettext_lazy("Fully online"), "done", "world"),
            "partial": Status(gettext_lazy("Partly online"), "info", "world"),
            "information": Status(gettext_lazy("Not online yet"), "neutral", "building"),
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


def competence(rule: object) -> str:
    """A rule of who decides, in words."""
    if not isinstance(rule, dict):
        return str(rule)
    if code := rule.get("agency"):
        from langbiang.foundation.organizations import queries as organizations

        found = organizations.agency_id_of(str(code))
        return organizations.name_of(found) if found else str(code)
    return str(LEVELS.get(str(rule.get("level", "")), rule.get("level", "")))


def told(name: str, value: Any) -> str | None:
    """A coded property of a version in words; None where the value is words already."""
    lists = {"online_level": ONLINE, "cutoff_scope": CUTOFFS, "route": ROUTES}
    if name in lists:
        return str(lists[name].get(str(value), value))
    if name == "levels":
        return levels(value)
    if name == "decision_date":
        return day(value) if value else ""
    if name == "competence":
        return "; ".join(competence(rule) for rule in value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return None
