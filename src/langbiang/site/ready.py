"""Makes Django ready for commands."""

import os


def setup() -> None:
    """Make Django ready; commands call this before they touch a room."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langbiang.site.settings")
    import django

    django.setup()
