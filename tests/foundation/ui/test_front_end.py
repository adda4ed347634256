"""The built front end: complete, small, free of foreign addresses."""

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FRONTEND = ROOT / "frontend"
BUILT = ROOT / "src" / "langbiang" / "foundation" / "ui" / "static" / "ui"


@pytest.fixture(scope="module")
def built() -> Path:
    if not (BUILT / "app.css").exists():
        pytest.skip("the front end is not built: npm ci && npm run build in frontend/")
    return BUILT


@pytest.mark.parametrize("name", ["app.css", "portal.js", "workbench.js", "wall.js", "kiosk.js", "icons.svg", "mark.svg"])
def test_every_entry_is_built_under_its_fixed_name(built, name):
    assert (built / name).stat().st_size > 100


def test_the_styles_are_small(built):
    assert len(gzip.compress((built / "app.css").read_bytes())) < 40_000


def test_a_citizen_downloads_little_script(built):
    assert len(gzip.compress((built / "portal.js").read_bytes())) < 12_000


def test_nothing_is_fetched_from_elsewhere(built):
    for path in built.glob("*.css"):
        addresses = re.findall(r"url\(\s*['\"]?((?:https?:)?//[^)'\"]+)", path.read_text(encoding="utf-8"))
        assert not addresses, path.name
        assert "@import" not in path.read_text(encoding="utf-8")


def test_every_font_named_in_the_styles_is_there_with_vietnamese(built):
    names = re.findall(r"url\(['\"]?\.?/?([\w-]+\.woff2)", (built / "app.css").read_text(encoding="utf-8"))
    assert {name for name in names if "vietnamese" in name}
    assert all((built / name).exists() for name in names)


def test_every_declared_icon_is_in_the_sprite(built):
    declared = json.loads((FRONTEND / "icons.json").read_text(encoding="utf-8"))["icons"]
    sprite = (built / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    assert set(declared) | {"mark"} == drawn


def test_the_scripts_pass_the_type_checker():
    compiler = FRONTEND / "node_modules" / ".bin" / "tsc"
    if not compiler.exists() or not shutil.which("node"):
        pytest.skip("no Node or no node_modules in frontend/")
    done = subprocess.run([str(compiler), "--noEmit"], cwd=FRONTEND, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
