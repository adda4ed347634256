from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "langbiang.government.procedures"
    label = "procedures"

    def ready(self) -> None:
        from langbiang.foundation.access.roles import extend_role

        from .pages.words import declare

        declare()

        for code in ("receiver", "dispatcher", "officer", "reviewer", "signer", "clerk", "returner", "leader"):
            extend_role(code, {"procedures.view"})
