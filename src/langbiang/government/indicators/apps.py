from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "langbiang.government.indicators"
    label = "indicators"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from langbiang.foundation.access.roles import extend_role
        from langbiang.foundation.audit.words import define_acts, define_records
        from langbiang.foundation.measures import open_page
        from langbiang.foundation.ui.statuses import Status, define_statuses

        from . import measures, proof, subscribers, uses  # noqa: F401  (they register themselves)
        from .policies import ROLE_PERMISSIONS

        for code, permissions in ROLE_PERMISSIONS.items():
            extend_role(code, permissions)
        open_page(
            _("Indicators of the province"), "indicators:open_data", _("Published figures by unit and period, with their status, version and source.")
        )
        define_acts(
            {
                "indicators.typed": _("Typed figures of a report"),
                "indicators.submitted": _("Sent a report of figures"),
                "indicators.verified": _("Checked a report of figures"),
                "indicators.returned": _("Gave a report of figures back"),
                "indicators.published": _("Published figures"),
                "indicators.taken_back": _("Took back published figures"),
                "indicators.owner_followed": _("Moved reports nobody had begun to the agency that answers for them now"),
                "indicators.reopened": _("Opened published figures for a correction"),
                "indicators.extended": _("Gave more time for a report"),
                "indicators.waived": _("Waived a report"),
                "indicators.time_asked": _("Asked for more time for a report"),
                "indicators.time_refused": _("Refused more time for a report"),
                "indicators.flagged": _("Noticed reports that are not there"),
                "indicators.taken": _("Took figures from the platform's own records"),
                "indicators.locked": _("Closed a period of an indicator"),
                "indicators.opening_asked": _("Asked to open a closed period"),
                "indicators.opened": _("Opened a closed period"),
                "indicators.changed": _("Changed an indicator"),
                "indicators.added": _("Added an indicator"),
                "indicators.formula_changed": _("Changed the formula of an indicator"),
                "indicators.ended": _("Ended an indicator"),
                "indicators.narrative_written": _("Wrote a report on an outline"),
                "indicators.narrative_sent": _("Sent a written report"),
                "indicators.narrative_checked": _("Checked a written report"),
                "indicators.narrative_returned": _("Gave a written report back"),
                "indicators.narrative_handed_on": _("Handed on a written report"),
                "indicators.outline_changed": _("Changed the outline of a written report"),
                "indicators.rule_added": _("Added a rule between figures"),
                "indicators.rule_ended": _("Ended a rule between figures"),
                "indicators.dimension_added": _("Added a dimension figures are broken down by"),
                "indicators.dimension_ended": _("Ended a dimension figures are broken down by"),
                "indicators.category_added": _("Added a category to a dimension"),
                "indicators.category_ended": _("Ended a category of a dimension"),
                "indicators.breakdown_added": _("Had a series reported by its parts"),
                "indicators.breakdown_ended": _("Ended a breakdown of a series"),
                "indicators.rung_added": _("Added a rung to the ladder of reminders"),
                "indicators.rung_ended": _("Ended a rung of the ladder of reminders"),
                "indicators.target_set": _("Set a target of an indicator"),
                "indicators.past_taken": _("Took over figures of former years"),
                "indicators.demo_loaded": _("Loaded demo figures"),
            }
        )
        define_records(
            {
                "indicators.obligation": _("Report of figures"),
                "indicators.indicator": _("Indicator"),
                "indicators.lock": _("Closed period"),
                "indicators.rule": _("Rule between figures"),
                "indicators.dimension": _("Dimension of breakdowns"),
                "indicators.category": _("Category of a dimension"),
                "indicators.breakdown": _("Breakdown of a series"),
                "indicators.rung": _("Rung of the ladder of reminders"),
                "indicators.narrative": _("Written report"),
                "indicators.outline": _("Outline of a written report"),
                "indicators.target": _("Target of an indicator"),
            }
        )
        define_statuses(
            "indicator_report",
            {
                "open": Status(_("Not due yet"), "neutral"),
                "overdue": Status(_("Overdue"), "caution"),
                "missing": Status(_("Missing"), "late"),
                "on_time": Status(_("On time"), "done"),
                "late": Status(_("Sent late"), "caution"),
                "waived": Status(_("Not owed"), "neutral"),
                "none": Status(_("Not owed here"), "neutral"),
            },
        )
        define_statuses(
            "time_request",
            {
                "open": Status(_("Waiting for an answer"), "caution"),
                "granted": Status(_("Granted"), "done"),
                "waived": Status(_("Report waived"), "neutral"),
                "refused": Status(_("Refused"), "late"),
                "replaced": Status(_("Asked again"), "neutral"),
            },
        )
        define_statuses(
            "reminder",
            {
                "sent": Status(_("Sent"), "done"),
                "nobody": Status(_("Nobody had to be told"), "neutral"),
                "unsent": Status(_("Not sent"), "late"),
                "next": Status(_("Comes next"), "info"),
                "later": Status(_("Comes later"), "neutral"),
                "idle": Status(_("Not needed"), "neutral"),
            },
        )
