from django.apps import AppConfig


class SignaturesConfig(AppConfig):
    name = "langbiang.foundation.signatures"
    label = "signatures"

    def ready(self) -> None:
        from . import configuration

        configuration.register_key_sources()
