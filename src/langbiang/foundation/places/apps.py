from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "langbiang.foundation.places"
    label = "places"
