"""Titles that are data: Vietnamese, and English where somebody wrote it."""

from django.utils.translation import get_language


def in_language(title: str, title_en: str) -> str:
    """The title in the language of the reader."""
    return title_en if title_en and (get_language() or "vi").startswith("en") else title
