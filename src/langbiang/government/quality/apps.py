from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "langbiang.government.quality"
    label = "quality"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from langbiang.foundation.access.roles import extend_role
        from langbiang.foundation.audit.words import define_acts

        from . import subscribers, tasks  # noqa: F401  (subscribers and tasks register themselves)

        for role in ("leader", "signer", "dispatcher", "reviewer", "auditor"):
            extend_role(role, {"quality.view"})
        extend_role("leader", {"quality.officers"})
        extend_role("dispatcher", {"quality.officers"})
        extend_role("system_admin", {"quality.view", "quality.manage"})
        define_acts(
            {
                "quality.weight_changed": _("Changed a weight of the quality index"),
                "quality.scores_imported": _("Imported scores of other provinces"),
            }
        )
