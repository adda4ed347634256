"""Who a key can be given to: positions that sign, agencies that seal."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access import queries as access
from langbiang.foundation.access.policies import require

from .. import policies
from ..models import SigningCredential

LIMIT = 60


def search_holders(actor: Actor, text: str, *, on: date) -> list[tuple[str, str]]:
    """Choices for a form: positions with the right to sign and agencies with somebody who seals, by part of
    the
    name. One SQL query. Raises Forbidden."""
    require(policies.may_manage(actor))
    rows = access.assignments_on(on).filter(role__in=("signer", "clerk"))
    for word in text.split():
        rows = rows.filter(Q(position__title__icontains=word) | Q(position__agency__name__icontains=word))
    found: dict[str, str] = {}
    wanted = ("role", "position_id", "position__title", "position__agency_id", "position__agency__name")
    for role, position_id, title, agency_id, agency in rows.order_by(
        "position__agency__name", "position__title", "pk"
    ).values_list(*wanted)[: LIMIT * 2]:
        if role == "signer":
            found[f"position:{agency_id}/{position_id}"] = f"{agency} – {title}"
        else:
            found[f"seal:{agency_id}"] = _("%(agency)s – digital seal") % {"agency": agency}
    return list(found.items())[:LIMIT]


def describe(credential: SigningCredential) -> str:
    """The holder in words: position and agency, or the agency's seal."""
    if credential.position is None:
        return _("%(agency)s – digital seal") % {"agency": credential.agency}
    return f"{credential.holder_name}, {credential.position}"
