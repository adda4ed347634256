"""The messages and acts of reporting in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from langbiang.foundation.access.errors import Text
from langbiang.foundation.exchange import services as exchange

from .packets import KINDS

ACTS: dict[str, Text] = {
    "reporting.packet_made": gettext_lazy("Made a packet for the Government"),
    "reporting.field_corrected": gettext_lazy("Corrected a name on the wire"),
    "reporting.field_verified": gettext_lazy("Compared a name with the regulation"),
    "reporting.books_compared": gettext_lazy("Compared the books with the Government"),
    "reporting.figures_drawn": gettext_lazy("Drew figures from a source"),
    "reporting.connector_changed": gettext_lazy("Changed a source of figures"),
    "reporting.reference_loaded": gettext_lazy("Loaded names on the wire"),
}


def define() -> None:
    """Make the thirteen packets known to the pages of the exchange."""
    exchange.define_messages({f"reporting.{kind}": model.title for kind, model in KINDS.items()}, about=about)


def about(key: str) -> str:
    """Subject, period, unit and vintage of a packet, from its key."""
    parts = key.split("/")[1:]
    told = [part for part in parts[:-1] if part != "-"]
    return ", ".join([*told, _("vintage %(n)s") % {"n": parts[-1].removeprefix("v")}]) if parts else key
