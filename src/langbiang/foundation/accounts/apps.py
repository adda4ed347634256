from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "langbiang.foundation.accounts"
    label = "accounts"
