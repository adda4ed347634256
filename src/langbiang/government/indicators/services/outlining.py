"""Keeping the outlines of written reports: sections as lines of text, changed from a day on."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.organizations import queries as organizations

from .. import deadlines, policies
from ..models import Indicator, Outline

CHANGEABLE = frozenset({"name", "name_en", "sections", "deadline", "grace_minutes", "owners", "source", "verified"})
MOST_SECTIONS = 60


class BadOutline(Refusal):
    """An outline that cannot stand."""


def as_lines(sections: list[dict[str, Any]]) -> str:
    """Sections as lines: number | heading | guidance | indicators; a star after the number where it may be left blank."""
    return "\n".join(
        " | ".join([each["number"] + ("" if each["required"] else "*"), each["heading"], each["guidance"], ", ".join(each["indicators"])])
        for each in sections
    )


def read_lines(text: str) -> list[dict[str, Any]]:
    """Sections out of lines. Raises BadOutline, naming the line and what is wrong with it."""
    known = set(Indicator.objects.values_list("code", flat=True))
    found: list[dict[str, Any]] = []
    for n, line in enumerate((each for each in text.splitlines() if each.strip()), start=1):
        number, heading, guidance, codes = ([each.strip() for each in line.split("|")] + ["", "", ""])[:4]
        plain = number.rstrip("*").strip()
        indicators = [code.strip() for code in codes.split(",") if code.strip()]
        if not plain or not heading or len(plain) > 20:
            raise BadOutline(
                _("Line %(n)s has no number or no heading.") % {"n": n}, field="sections",
                way_out=_("Write: number | heading | guidance | indicators. Only the first two are needed."),
            )  # fmt: skip
        if any(each["number"] == plain for each in found):
            raise BadOutline(_("Line %(n)s: there is a section %(number)s already.") % {"n": n, "number": plain}, field="sections")
        if unknown := [code for code in indicators if code not in known]:
            raise BadOutline(_("Line %(n)s: there is no indicator %(code)s.") % {"n": n, "code": unknown[0][:40]}, field="sections")
        found.append(
            {"number": plain, "heading": heading[:500], "guidance": guidance[:2000], "required": not number.endswith("*"), "indicators": indicators}
        )
    if not 0 < len(found) <= MOST_SECTIONS or not any(each["required"] for each in found):
        raise BadOutline(_("An outline has 1 to %(n)s sections, at least one of them required.") % {"n": MOST_SECTIONS}, field="sections")
    return found


@transaction.atomic
def change_outline(actor: Actor, *, code: str, values: Mapping[str, Any], valid_from: date, at: datetime) -> Outline:
    """Change an outline from a day on; reports that are owed already keep the former one. Raises Forbidden, BadOutline."""
    policies.require(policies.may_keep(actor))
    former = Outline.objects.select_for_update().filter(code=code, valid_to__isnull=True).first()
    if former is None:
        raise BadOutline(_("There is no such outline."), field="code")
    if unknown := set(values) - CHANGEABLE:
        raise BadOutline(_("“%(field)s” cannot be changed this way.") % {"field": min(unknown)}, field=min(unknown))
    if not str(values.get("source", former.source)).strip():
        raise BadOutline(_("Name the act or letter the change stands on."), field="source")
    if valid_from <= former.valid_from:
        raise BadOutline(_("The row in force begins later than that day."), field="valid_from")
    try:
        deadlines.check(values.get("deadline", former.deadline))
    except deadlines.BadRule as problem:
        raise BadOutline(_("The rule for the deadline is not complete: %(part)s.") % {"part": problem}, field="deadline") from problem
    for owner in values.get("owners", former.owners):
        if organizations.agency_id_of(owner, on=valid_from) is None:
            raise BadOutline(_("There is no agency with the code %(code)s on that day.") % {"code": owner}, field="owners")
    former.valid_to = valid_from
    former.save(update_fields=["valid_to"])
    made = Outline.objects.get(pk=former.pk)
    made.pk, made.valid_from, made.valid_to = None, valid_from, None
    made._state.adding = True
    for key, value in values.items():
        setattr(made, key, value)
    made.save()
    audit.record(actor, "indicators.outline_changed", made, after={"code": code, "valid_from": valid_from, "fields": sorted(values)}, at=at)
    return made
