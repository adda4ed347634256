from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    name = "langbiang.foundation.measures"
    label = "measures"
