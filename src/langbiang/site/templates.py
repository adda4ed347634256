"""Finds the templates of a room in its pages/templates folder."""

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.template import Origin
from django.template.loaders.filesystem import Loader


class RoomLoader(Loader):
    """Looks into <room>/pages/templates of every installed room."""

    def get_dirs(self) -> list[str | Path]:
        return [
            folder
            for config in apps.get_app_configs()
            if config.name.startswith("langbiang.") and (folder := Path(config.path) / "pages" / "templates").is_dir()
        ]

    def get_template_sources(self, template_name: str) -> Iterator[Origin]:
        yield from super().get_template_sources(template_name)
