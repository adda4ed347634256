from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "langbiang.foundation.files"
    label = "files"
