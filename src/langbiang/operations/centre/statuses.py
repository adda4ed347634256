"""The words of alerts, in the one map of states."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.statuses import Status, define_statuses


def define() -> None:
    """Tell the design system."""
    define_statuses("alert", {
        "raised": Status(_("Not looked at"), "late"), "acknowledged": Status(_("Looked at"), "caution"),
        "assigned": Status(_("Given to somebody"), "info"), "escalated": Status(_("Escalated"), "late"),
        "cleared": Status(_("Figure is back"), "caution"), "closed": Status(_("Closed"), "done"),
    })  # fmt: skip
    define_statuses("alert_step", {
        "raised": Status(_("Alert raised"), "late"), "cleared": Status(_("Figure is back"), "done"),
        "flapping": Status(_("Comes and goes"), "caution"),
        "acknowledged": Status(_("Looked at"), "info"), "assigned": Status(_("Given to somebody"), "info"),
        "escalated": Status(_("Escalated"), "late"), "closed": Status(_("Closed"), "done"),
    })  # fmt: skip
