from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "langbiang.government.reporting"
    label = "reporting"

    def ready(self) -> None:
        from langbiang.foundation.access.roles import extend_role
        from langbiang.foundation.audit.words import define_acts

        from . import words

        words.define()
        define_acts(words.ACTS)
        extend_role("system_admin", {"reporting.view", "reporting.manage"})
        extend_role("auditor", {"reporting.view"})
