from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "langbiang.foundation.forms"
    label = "forms"
