from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "langbiang.foundation.notifications"
    label = "notifications"
