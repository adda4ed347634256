"""What holds for every template of the platform."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src" / "langbiang"
ICONS = json.loads((ROOT / "frontend" / "icons.json").read_text(encoding="utf-8"))["icons"]
TEMPLATES = sorted(path for path in SOURCE.rglob("*.html") if "node_modules" not in path.parts)
# Forms that change nothing and ask nobody who they are: open to every site on purpose.
STATELESS = ("cases:verify_file",)
# Documents for paper are drawn by WeasyPrint, which knows no content security policy.
PAPER = ("/documents/", "/mail/", "/sheet/")


def name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def pages() -> list[Path]:
    return [path for path in TEMPLATES if not any(part in str(path) for part in PAPER)]


@pytest.mark.parametrize("path", pages(), ids=name)
def test_a_page_has_no_inline_script_or_style(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<[^>]*\sstyle\s*=", text), "style= is blocked by the content security policy"
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), "on...= is blocked by the content security policy"
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)", text)
    assert "hx-on" not in text
    assert "javascript:" not in text


@pytest.mark.parametrize("path", pages(), ids=name)
def test_every_icon_is_declared(path):
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"""\{%\s*icon\s+["']([\w-]+)["']""", text) + re.findall(r"""\bicon=["']([\w-]+)["']""", text)
    assert not set(used) - set(ICONS), "add it to frontend/icons.json"


@pytest.mark.parametrize("path", pages(), ids=name)
def test_every_posted_form_is_protected(path):
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"""<form\b[^>]*method=["']post["'].*?</form>""", text, flags=re.S | re.I):
        assert "csrf" in form or any(address in form for address in STATELESS)


def test_icons_named_in_code_are_declared():
    used = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "Status(" in text:
            used |= set(re.findall(r"""Status\(_\([^)]*\),\s*["']\w+["'],\s*["']([\w-]+)["']\)""", text))
        used |= set(re.findall(r"""Entry\(_\([^)]*\),\s*["'][\w:]+["'],\s*["']([\w-]+)["']""", text))
    assert used
    assert not used - set(ICONS)


def test_every_shape_and_tone_icon_is_declared():
    from langbiang.foundation.ui import statuses

    shapes = set(statuses.SHAPES.values()) | {s.icon for kind in statuses.all_statuses().values() for s in kind.values()}
    assert not shapes - set(ICONS)
