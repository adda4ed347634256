from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "langbiang.foundation.audit"
    label = "audit"
