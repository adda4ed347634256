from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "langbiang.foundation.people"
    label = "people"
