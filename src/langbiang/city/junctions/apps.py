from django.apps import AppConfig


class JunctionsConfig(AppConfig):
    name = "langbiang.city.junctions"
    label = "junctions"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from langbiang.foundation.access.roles import define_role, extend_role
        from langbiang.foundation.audit.words import define_acts, define_records
        from langbiang.foundation.ui.statuses import Status, define_statuses

        define_role("traffic_operator", _("Signal operator"), {"traffic.view", "traffic.operate"})
        define_role("traffic_engineer", _("Traffic engineer"), {"traffic.view", "traffic.plan"})
        define_role("traffic_head", _("Head of traffic control"), {"traffic.view", "traffic.operate", "traffic.approve"})
        for role in ("leader", "auditor"):
            extend_role(role, {"traffic.view"})
        define_acts(
            {
                "traffic.layout_drafted": _("Drafted the layout of a junction"),
                "traffic.layout_approved": _("Approved the layout of a junction"),
                "traffic.plan_drafted": _("Drafted a signal plan"),
                "traffic.plan_approved": _("Approved a signal plan"),
                "traffic.plan_withdrawn": _("Withdrew a signal plan"),
                "traffic.arming_asked": _("Asked to arm junctions"),
                "traffic.arming_confirmed": _("Confirmed the arming of junctions"),
                "traffic.arming_withdrawn": _("Withdrew a request to arm"),
                "traffic.disarmed": _("Disarmed a junction"),
                "traffic.overridden": _("Overrode a junction by hand"),
                "traffic.override_cancelled": _("Cancelled an override"),
                "traffic.alert_raised": _("Raised a traffic alert"),
                "traffic.alert_acknowledged": _("Acknowledged a traffic alert"),
                "traffic.alert_closed": _("Closed a traffic alert"),
                "traffic.demo_loaded": _("Loaded demo junctions"),
            }
        )
        define_records(
            {
                "junctions.junction": _("Junction"),
                "junctions.layout": _("Layout of a junction"),
                "junctions.plan": _("Signal plan"),
                "junctions.armingrequest": _("Request to arm"),
                "junctions.lease": _("Lease of a junction"),
                "junctions.override": _("Manual override"),
                "junctions.alert": _("Traffic alert"),
            }
        )
        define_statuses(
            "traffic_alert",
            {
                "open": Status(_("Open"), "late"),
                "acknowledged": Status(_("Acknowledged"), "caution"),
                "closed": Status(_("Closed"), "done"),
            },
        )
        define_statuses(
            "traffic_draft",
            {
                "draft": Status(_("Draft"), "caution"),
                "approved": Status(_("In force"), "done"),
                "past": Status(_("Replaced"), "neutral"),
                "withdrawn": Status(_("Withdrawn"), "neutral"),
            },
        )
        define_statuses(
            "signal_mode",
            {
                "local": Status(_("Cabinet's own plan"), "info"),
                "armed": Status(_("Driven by the controller"), "active"),
                "flash": Status(_("Flashing yellow"), "caution"),
                "manual": Status(_("By hand at the cabinet"), "caution"),
                "preempt": Status(_("Priority vehicle"), "caution"),
                "fault": Status(_("Cabinet fault"), "late"),
                "unlicensed": Status(_("Driven without a lease"), "late"),
                "stale": Status(_("No signal"), "late"),
            },
        )
