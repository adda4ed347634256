"""Correcting and verifying names on the wire."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require
from langbiang.foundation.audit import services as audit

from .. import policies, queries
from ..codec.mapping import WIRE_TYPES
from ..models import CodeRow, FieldRow

_VALUES = ("wire_name", "wire_type", "required", "max_len", "code_list", "source_page")


class BadMapping(Refusal):
    """A row of a mapping that cannot hold."""


@transaction.atomic
def correct_field(
    actor: Actor, *, field_id: int, wire_name: str, wire_type: str, required: bool, max_len: int | None, code_list: str,
    source_page: str, first_day: date, at: datetime,
) -> FieldRow:  # fmt: skip
    """Write a field otherwise from a day on. What is verified has to be verified anew. Raises Forbidden, BadMapping."""
    require(policies.may_manage(actor))
    old = FieldRow.objects.select_for_update().get(pk=field_id)
    if old.valid_to is not None or first_day < old.valid_from:
        raise BadMapping(
            _("This row was replaced by a later one."), field="first_day", way_out=_("Correct the row in force.")
        )
    values: dict[str, Any] = {
        "wire_name": wire_name.strip(), "wire_type": wire_type, "required": required, "max_len": max_len,
        "code_list": code_list, "source_page": source_page.strip(),
    }  # fmt: skip
    _check(old, values)
    before = model_to_dict(old, _VALUES)
    if before == values:
        return old
    if old.valid_from == first_day:
        row = old
    else:
        old.valid_to = first_day - timedelta(days=1)
        old.save(update_fields=["valid_to"])
        row = FieldRow(packet_kind=old.packet_kind, our_path=old.our_path, position=old.position, valid_from=first_day)
    for name, value in values.items():
        setattr(row, name, value)
    row.verified_on, row.verified_by = None, ""
    row.save()
    audit.record(actor, "reporting.field_corrected", row, before=before, after=values, at=at)
    return row


def _check(row: FieldRow, values: dict[str, Any]) -> None:
    name = values["wire_name"]
    if values["wire_type"] not in WIRE_TYPES:
        raise BadMapping(
            _("“%(type)s” is no form we can write.") % {"type": values["wire_type"]}, field="wire_type",
            way_out=_("Choose one of: %(known)s.") % {"known": ", ".join(WIRE_TYPES)},
        )  # fmt: skip
    if any(letter.isspace() or letter in "<>&\"'" for letter in name):
        raise BadMapping(_("A name on the wire holds no blanks and none of < > & \" '."), field="wire_name")
    if (row.our_path.endswith("[]") != (values["wire_type"] == "list")) and row.our_path:
        raise BadMapping(_("A list stays a list, and nothing else becomes one."), field="wire_type")
    if row.our_path.endswith("[]") and name and name.count("/") != 1:
        raise BadMapping(_("A list is named with its container and its item, like “Values/Value”."), field="wire_name")
    if values["code_list"] and not CodeRow.objects.filter(code_list=values["code_list"]).exists():
        raise BadMapping(_("There is no code list “%(name)s”.") % {"name": values["code_list"]}, field="code_list")
    prefix = row.our_path.rpartition(".")[0]
    others = FieldRow.objects.filter(packet_kind=row.packet_kind, valid_to__isnull=True).exclude(pk=row.pk)
    if row.our_path and name and any(
        each.our_path and each.our_path.rpartition(".")[0] == prefix
        and each.wire_name.partition("/")[0] == name.partition("/")[0]
        for each in others
    ):  # fmt: skip
        raise BadMapping(
            _("Another field of this packet has the name “%(name)s” already.") % {"name": name}, field="wire_name"
        )


@transaction.atomic
def verify_field(actor: Actor, *, field_id: int, source_page: str, at: datetime) -> FieldRow:
    """Note that somebody compared a row with the regulation, and on which page. Raises Forbidden, BadMapping."""
    require(policies.may_manage(actor))
    row = FieldRow.objects.select_for_update().get(pk=field_id)
    if not source_page.strip():
        raise BadMapping(_("Name the page of the regulation this was compared with."), field="source_page")
    if row.valid_to is not None:
        raise BadMapping(_("This row was replaced by a later one."), way_out=_("Verify the row in force."))
    row.source_page = source_page.strip()[:120]
    row.verified_on, row.verified_by = at.astimezone(queries.HERE).date(), actor.label[:200]
    row.save(update_fields=["source_page", "verified_on", "verified_by"])
    audit.record(actor, "reporting.field_verified", row, after={"page": row.source_page, "name": row.wire_name}, at=at)
    return row
