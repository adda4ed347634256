from django.apps import AppConfig


class JunctionsConfig(AppConfig):
    name = "langbiang.city.junctions"
    label = "junctions"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from langbiang.foundation.access.roles import define_role, extend_role
        from langbiang.foundation.audit.words import define_acts, define_records
        from langbiang.foundation.measures import open_page
        from langbiang.foundation.ui.statuses import Status, define_statuses

        from . import measures  # noqa: F401  (they register themselves)

        open_page(
            _("Do the traffic lights do better?"), "junctions:public",
            _("Every counted day replayed under the planned lights and under ours; days we lost as well."),
        )  # fmt: skip
        define_role("traffic_operator", _("Signal operator"), {"traffic.view", "traffic.operate", "traffic.priority"})
        define_role("traffic_engineer", _("Traffic engineer"), {"traffic.view", "traffic.plan"})
        define_role("traffic_head", _("Head of traffic control"), {"traffic.view", "traffic.operate", "traffic.approve", "traffic.priority"})
        define_role("emergency_dispatch", _("Emergency dispatch"), {"traffic.view", "traffic.priority"})
        define_role("bus_control", _("Bus control"), {"traffic.view", "traffic.buses"})
        for role in ("leader", "auditor"):
            extend_role(role, {"traffic.view"})
        define_acts(
            {
                "traffic.layout_drafted": _("Drafted the layout of a junction"),
                "traffic.layout_approved": _("Approved the layout of a junction"),
                "traffic.layout_withdrawn": _("Withdrew the draft of a layout"),
                "traffic.plan_drafted": _("Drafted a signal plan"),
                "traffic.plan_approved": _("Approved a signal plan"),
                "traffic.plan_withdrawn": _("Withdrew a signal plan"),
                "traffic.plan_replaced": _("Put a signal plan into the past by another layout"),
                "traffic.arming_asked": _("Asked to arm junctions"),
                "traffic.arming_confirmed": _("Confirmed the arming of junctions"),
                "traffic.arming_withdrawn": _("Withdrew a request to arm"),
                "traffic.disarmed": _("Disarmed a junction"),
                "traffic.lease_voided": _("Ended a lease under which the lamps did not follow"),
                "traffic.overridden": _("Overrode a junction by hand"),
                "traffic.override_cancelled": _("Cancelled an override"),
                "traffic.alert_raised": _("Raised a traffic alert"),
                "traffic.alert_over": _("Said that the cause of a traffic alert is gone"),
                "traffic.alert_acknowledged": _("Acknowledged a traffic alert"),
                "traffic.alert_closed": _("Closed a traffic alert"),
                "traffic.replay_asked": _("Asked to replay a day in the simulation"),
                "traffic.replayed": _("Replayed a day in the simulation"),
                "traffic.detectors_entered": _("Entered the detectors of a junction"),
                "traffic.camera_calibrated": _("Calibrated a traffic camera"),
                "traffic.priority_announced": _("Announced an emergency vehicle"),
                "traffic.priority_changed": _("Changed the way of an emergency vehicle"),
                "traffic.priority_passed": _("Said that an emergency vehicle is through a junction"),
                "traffic.priority_ended": _("Ended the run of an emergency vehicle"),
                "traffic.priority_cancelled": _("Called off an emergency vehicle"),
                "traffic.priority_replaced": _("Replaced the run of an emergency vehicle"),
                "traffic.priority_expired": _("Ended the run of an emergency vehicle at its instant"),
                "traffic.priority_refused": _("Was refused priority"),
                "traffic.priority_used": _("Changed the lights for a priority vehicle"),
                "traffic.event_planned": _("Planned an event"),
                "traffic.event_changed": _("Changed the draft of an event"),
                "traffic.event_approved": _("Approved an event"),
                "traffic.event_ended": _("Ended an event"),
                "traffic.event_rehearsal_asked": _("Asked to rehearse an event"),
                "traffic.event_rehearsed": _("Rehearsed an event in the simulation"),
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
                "junctions.replay": _("Replay of a day"),
                "junctions.priorityrun": _("Run of an emergency vehicle"),
                "junctions.eventplan": _("Event"),
                "junctions.detectortable": _("Detectors of a junction"),
                "junctions.cameracalibration": _("Camera calibration"),
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
            "traffic_balance",
            {
                "fits": Status(_("Fits"), "done"),
                "camera": Status(_("The count does not fit"), "late"),
                "street": Status(_("Vehicles lost or joining on the way"), "caution"),
            },
        )
        define_statuses(
            "priority_passage",
            {
                "coming": Status(_("On its way"), "info"),
                "green": Status(_("Given green"), "active"),
                "given_up": Status(_("Did not come: given up"), "caution"),
                "passed": Status(_("Through"), "done"),
            },
        )
        define_statuses(
            "priority_run",
            {
                "running": Status(_("On its way"), "active"),
                "passed": Status(_("Through"), "done"),
                "cancelled": Status(_("Called off"), "neutral"),
                "expired": Status(_("Expired"), "neutral"),
                "replaced": Status(_("Replaced"), "neutral"),
            },
        )
        define_statuses(
            "traffic_event",
            {
                "draft": Status(_("Draft"), "caution"),
                "planned": Status(_("Approved, not begun"), "info"),
                "running": Status(_("Running"), "active"),
                "over": Status(_("Over"), "neutral"),
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
