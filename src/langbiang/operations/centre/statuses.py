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
        "rule_changed": Status(_("The rule was changed"), "caution"), "rule_ended": Status(_("The rule was ended"), "caution"),
    })  # fmt: skip
    define_statuses("alert_rule", {
        "notice": Status(_("Notice"), "info"), "warning": Status(_("Warning"), "caution"), "critical": Status(_("Critical"), "late"),
    })  # fmt: skip
    define_statuses("kept", {
        "delivered": Status(_("As delivered"), "neutral"), "changed": Status(_("Changed here"), "info"), "made": Status(_("Made here"), "info"),
    })  # fmt: skip
