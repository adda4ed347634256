"""The words people read for the codes of this room."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access.errors import Text

from .models import Agency, AgencySuccession, Position, Substitution

KINDS: dict[str, Text] = {
    Agency.Kind.PROVINCE: _("People's Committee of the province"),
    Agency.Kind.DEPARTMENT: _("Department of the province"),
    Agency.Kind.COMMUNE: _("People's Committee of a commune, ward or special zone"),
    Agency.Kind.CENTRE: _("Public administration service centre"),
    Agency.Kind.BRANCH: _("Branch of a central agency"),
    Agency.Kind.UNIT: _("Subordinate unit"),
}
SIGNS: dict[str, Text] = {
    Position.Sign.NONE: _("does not sign"),
    Position.Sign.HEAD: _("signs as the head"),
    Position.Sign.ON_BEHALF: _("signs for the head (KT.)"),
    Position.Sign.BY_ORDER: _("signs by order (TL.)"),
    Position.Sign.AUTHORISED: _("signs by authority (TUQ.)"),
}
SUBSTITUTIONS: dict[str, Text] = {
    Substitution.Kind.ABSENCE: _("absence"),
    Substitution.Kind.DELEGATION: _("delegation"),
}
CHANGES: dict[str, Text] = {
    AgencySuccession.Kind.MERGE: _("merged into"),
    AgencySuccession.Kind.SPLIT: _("split into"),
    AgencySuccession.Kind.RENAME: _("renamed to"),
    AgencySuccession.Kind.TRANSFER: _("tasks passed on to"),
}
