"""Browsers in the words of their owners, so that a list of sessions can be understood."""

import re

from django.utils.translation import gettext as _

_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Cốc Cốc", r"coc_coc_browser/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:Chrome|CriOS|Chromium|HeadlessChrome)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows NT"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)


def in_words(user_agent: str) -> str:
    """ "Chrome 131, Windows"; the unknown ones are called so."""
    browser = next((f"{n} {m[1]}" for n, p in _BROWSERS if (m := re.search(p, user_agent))), "")
    system = next((n for n, p in _SYSTEMS if re.search(p, user_agent)), "")
    return ", ".join(part for part in (browser, system) if part) or _("Unknown browser")
