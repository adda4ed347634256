from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "langbiang.foundation.ui"
    label = "ui"
