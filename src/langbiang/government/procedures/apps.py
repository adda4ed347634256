from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "langbiang.government.procedures"
    label = "procedures"

    def ready(self) -> None:
        from langbiang.foundation.access.roles import define_fields, extend_role

        from .pages.words import declare

        declare()
        define_fields(_fields)

        for code in ("receiver", "dispatcher", "officer", "reviewer", "signer", "clerk", "returner", "leader"):
            extend_role(code, {"procedures.view"})


def _fields() -> list[tuple[str, str]]:
    """The fields a role can be limited to."""
    from django.utils.translation import get_language

    from .queries.catalogue import fields

    english = get_language() == "en"
    return [(field.code, (english and field.name_en) or field.name) for field in fields()]
