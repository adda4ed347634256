from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "langbiang.foundation.organizations"
    label = "organizations"
