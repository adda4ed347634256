from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "langbiang.site"
    label = "langbiang_site"
