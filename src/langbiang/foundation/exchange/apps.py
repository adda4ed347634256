from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "langbiang.foundation.exchange"
    label = "exchange"

    def ready(self) -> None:
        from langbiang.foundation.access.roles import extend_role

        from . import transports, words  # noqa: F401  (ways to carry a message register themselves)

        words.define()
        extend_role("system_admin", {"exchange.view", "exchange.manage"})
        extend_role("auditor", {"exchange.view"})
