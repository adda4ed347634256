from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    name = "langbiang.foundation.measures"
    label = "measures"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from langbiang.foundation.access.roles import extend_role
        from langbiang.foundation.audit.words import define_acts

        for role in ("leader", "signer", "dispatcher", "auditor", "system_admin"):
            extend_role(role, {"measures.view"})
        for role in ("leader", "signer", "auditor", "system_admin"):
            extend_role(role, {"measures.analyse"})
        define_acts({"measures.analysis_asked": _("Asked for figures grouped anew")})
