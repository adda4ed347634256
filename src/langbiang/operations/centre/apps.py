from django.apps import AppConfig


class CentreConfig(AppConfig):
    name = "langbiang.operations.centre"
    label = "centre"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from langbiang.foundation.access.roles import extend_role
        from langbiang.foundation.audit.words import define_acts

        from .policies import ROLE_PERMISSIONS

        for code, permissions in ROLE_PERMISSIONS.items():
            extend_role(code, permissions)
        from langbiang.foundation.files.policies import register_holder, register_reader

        from . import evidence

        register_reader(evidence.ROOM, evidence.may_read)
        register_holder(evidence.ROOM, lambda ids: evidence.needed(list(ids)))
        from . import statuses, subscribers, tasks, uses  # noqa: F401  (tasks and uses register themselves)

        statuses.define()
        define_acts(
            {
                "centre.alert_acknowledged": _("Acknowledged an alert"),
                "centre.alert_assigned": _("Assigned an alert"),
                "centre.alert_escalated": _("Escalated an alert"),
                "centre.alert_closed": _("Closed an alert"),
                "centre.silenced": _("Kept alerts quiet"),
                "centre.silence_ended": _("Ended a silence of alerts"),
                "centre.annotated": _("Wrote a note beside a figure"),
                "centre.annotation_withdrawn": _("Withdrew a note beside a figure"),
                "centre.dashboard_made": _("Made a dashboard"),
                "centre.dashboard_changed": _("Changed a dashboard"),
                "centre.dashboard_put_away": _("Put a dashboard away"),
                "centre.layout_made": _("Made a wall"),
                "centre.layout_changed": _("Changed a wall"),
                "centre.layout_restored": _("Restored a version of a wall"),
                "centre.layout_removed": _("Put a wall away"),
                "centre.rule_made": _("Made a rule of alerts"),
                "centre.rule_changed": _("Changed a rule of alerts"),
                "centre.rule_ended": _("Ended a rule of alerts"),
                "centre.rule_resumed": _("Put a rule of alerts to work again"),
                "centre.brief_reader_added": _("Put somebody on the list of readers of the morning brief"),
                "centre.brief_reader_ended": _("Took somebody off the list of readers of the morning brief"),
                "centre.key_made": _("Made a key for a screen"),
                "centre.key_revoked": _("Revoked the key of a screen"),
                "centre.reference_loaded": _("Loaded walls and rules of alerts"),
            }
        )
