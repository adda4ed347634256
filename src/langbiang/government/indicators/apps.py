from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "langbiang.government.indicators"
    label = "indicators"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from langbiang.foundation.access.roles import extend_role
        from langbiang.foundation.audit.words import define_acts, define_records
        from langbiang.foundation.ui.statuses import Status, define_statuses

        from . import subscribers  # noqa: F401  (subscribers register themselves)
        from .policies import ROLE_PERMISSIONS

        for code, permissions in ROLE_PERMISSIONS.items():
            extend_role(code, permissions)
        define_acts(
            {
                "indicators.typed": _("Typed figures of a report"),
                "indicators.submitted": _("Sent a report of figures"),
                "indicators.verified": _("Checked a report of figures"),
                "indicators.returned": _("Gave a report of figures back"),
                "indicators.published": _("Published figures"),
                "indicators.reopened": _("Opened published figures for a correction"),
                "indicators.extended": _("Gave more time for a report of figures"),
                "indicators.waived": _("Waived a report of figures"),
                "indicators.flagged": _("Noticed reports that are not there"),
                "indicators.taken": _("Took figures from the platform's own records"),
                "indicators.locked": _("Closed a period of an indicator"),
                "indicators.opening_asked": _("Asked to open a closed period"),
                "indicators.opened": _("Opened a closed period"),
                "indicators.changed": _("Changed an indicator"),
                "indicators.target_set": _("Set a target of an indicator"),
                "indicators.demo_loaded": _("Loaded demo figures"),
            }
        )
        define_records(
            {
                "indicators.obligation": _("Report of figures"),
                "indicators.indicator": _("Indicator"),
                "indicators.lock": _("Closed period"),
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
