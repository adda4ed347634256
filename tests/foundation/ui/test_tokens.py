"""The colours can be read: contrast computed from the one file that holds them."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[3] / "frontend" / "src" / "tokens.css"
GROUNDS = ("bg", "surface", "raised", "hover")
PAIRS = [
    *((word, ground) for ground in GROUNDS for word in ("text", "muted", "link", "late", "soon", "done", "primary")),
    ("on-primary", "primary"), ("on-primary", "primary-pressed"), ("on-late", "late"), ("on-late", "late-pressed"),
    ("primary", "primary-tint"), ("link", "link-tint"), ("late", "late-tint"), ("soon", "soon-tint"), ("done", "done-tint"),
    ("neutral", "neutral-tint"), ("text", "primary-tint"), ("muted", "primary-tint"), ("link", "primary-tint"),
    ("soon", "primary-tint"), ("late", "primary-tint"), ("neutral", "primary-tint"),
    ("on-rail", "rail"), ("on-rail-current", "rail-current"), ("on-rail", "rail-current"),
]  # fmt: skip


def themes() -> dict[str, dict[str, str]]:
    css = re.sub(r"/\*.*?\*/", "", TOKENS.read_text(encoding="utf-8"), flags=re.S)
    found: dict[str, dict[str, str]] = {}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        colours = dict(re.findall(r"--lb-([\w-]+):\s*(#[0-9a-f]{6})", body))
        if colours and "," not in selector:
            found[selector.strip()] = colours
    light = found[":root"]
    return {
        "light": light, "wall": {**light, **found['[data-theme="wall"]']},
        "wall-light": {**light, **found['[data-theme="wall-light"]']},
    }  # fmt: skip


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself_is_right():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "wall", "wall-light"])
@pytest.mark.parametrize(("word", "ground"), PAIRS)
def test_words_can_be_read_on_their_ground(theme, word, ground):
    colours = themes()[theme]
    assert contrast(colours[word], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "wall", "wall-light"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_edge_of_a_control_and_the_focus_ring_can_be_seen(theme, ground):
    colours = themes()[theme]
    assert contrast(colours["control"], colours[ground]) >= 3
    assert contrast(colours["focus"], colours[ground]) >= 3


@pytest.mark.parametrize(
    ("theme", "role", "colour"),
    [
        ("light", "bg", "#f4f7f5"), ("light", "text", "#17211e"), ("light", "muted", "#55645f"), ("light", "primary", "#17624f"),
        ("light", "primary-pressed", "#124c3e"), ("light", "link", "#3d5fa8"), ("light", "late", "#b3261e"), ("light", "soon", "#8a5a00"),
        ("light", "done", "#1b6b3a"), ("light", "line", "#cbd5d1"), ("wall", "bg", "#0c1f1b"), ("wall", "surface", "#12302a"),
        ("wall", "text", "#e8f1ee"), ("wall", "muted", "#9db3ac"), ("wall", "primary", "#5fd3a9"), ("wall", "link", "#8fb0ff"),
        ("wall", "late", "#ff8a73"), ("wall", "soon", "#f2b84b"), ("wall", "done", "#5fd3a9"), ("wall", "line", "#24463e"),
    ],
)  # fmt: skip
def test_the_colours_are_those_of_the_design(theme, role, colour):
    assert themes()[theme][role] == colour


@pytest.mark.parametrize(
    ("theme", "word"), [("wall", "text"), *(("wall-light", word) for word in ("text", "muted", "late", "soon", "done"))]
)
@pytest.mark.parametrize("ground", ["bg", "surface"])
def test_words_of_a_wall_can_be_read_from_afar(theme, word, ground):
    colours = themes()[theme]
    assert contrast(colours[word], colours[ground]) >= 7
