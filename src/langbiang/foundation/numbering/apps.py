from django.apps import AppConfig


class NumberingConfig(AppConfig):
    name = "langbiang.foundation.numbering"
    label = "numbering"
