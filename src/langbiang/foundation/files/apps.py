from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "langbiang.foundation.files"
    label = "files"

    def ready(self) -> None:
        from langbiang.foundation.access.roles import extend_role

        extend_role("system_admin", {"files.manage"})
