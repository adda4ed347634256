from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    name = "langbiang.foundation.measures"
    label = "measures"

    def ready(self) -> None:
        from langbiang.foundation.access.roles import extend_role

        for role in ("leader", "signer", "dispatcher", "auditor", "system_admin"):
            extend_role(role, {"measures.view"})
