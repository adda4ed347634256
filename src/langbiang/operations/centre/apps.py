from django.apps import AppConfig


class CentreConfig(AppConfig):
    name = "langbiang.operations.centre"
    label = "centre"

    def ready(self) -> None:
        from langbiang.foundation.access.roles import extend_role

        from .policies import ROLE_PERMISSIONS

        for code, permissions in ROLE_PERMISSIONS.items():
            extend_role(code, permissions)
        from . import statuses, tasks  # noqa: F401  (tasks register themselves)

        statuses.define()
