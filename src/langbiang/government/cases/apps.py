from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "langbiang.government.cases"
    label = "cases"

    def ready(self) -> None:
        from langbiang.foundation.access.roles import extend_role

        from .policies import ROLE_PERMISSIONS

        for code, permissions in ROLE_PERMISSIONS.items():
            extend_role(code, permissions)
        from . import statuses, subscribers  # noqa: F401  (subscribers register with the event stream)

        statuses.define()
