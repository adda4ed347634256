"""The words people read for the codes of this room."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access.errors import Text

from .models import Place, PlaceGroup, PlaceSuccession

KINDS: dict[str, Text] = {
    Place.Kind.CITY: _("Centrally run city"),
    Place.Kind.PROVINCE: _("Province"),
    Place.Kind.COMMUNE: _("Commune"),
    Place.Kind.WARD: _("Ward"),
    Place.Kind.TOWN: _("Township"),
    Place.Kind.SPECIAL_ZONE: _("Special zone"),
}
CHANGES: dict[str, Text] = {
    PlaceSuccession.Kind.MERGE: _("merged into"),
    PlaceSuccession.Kind.SPLIT: _("split; a part went to"),
    PlaceSuccession.Kind.RENAME: _("renamed or re-graded as"),
    PlaceSuccession.Kind.TRANSFER: _("went on unchanged as"),
}
GROUPS: dict[str, Text] = {
    PlaceGroup.Kind.PLANNING_AREA: _("Planning area"),
    PlaceGroup.Kind.FORMER_PROVINCE: _("Former province"),
    PlaceGroup.Kind.FORMER_DISTRICT: _("Former district"),
    PlaceGroup.Kind.REGION: _("Region"),
}
