"""The form of a wall: its frame, its scenes, and a line for every tile. What was sent is a draft first, however odd it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.language.folding import fold
from langbiang.foundation.organizations import queries as organizations

from ..maps import HEXAGONS, LAND
from ..models import Layout
from ..placing import GRIDS, free_place
from ..services.layouts import (
    LONGEST_DAYS,
    MOST_SCENES,
    MOST_TILES,
    ROTATES,
    WAYS,
    known_indicators,
    title_of_tile,
    view_words,
)
from .rule_forms import measures

SHAPES = [
    ("16:9", _("one screen, 16:9 (12 columns, 8 rows)")), ("32:9", _("two screens side by side, 32:9 (24 columns, 8 rows)")),
    ("4x4", _("sixteen screens, 4 × 4 (16 columns, 12 rows)")), ("9:16", _("upright, 9:16 (6 columns, 12 rows)")),
]  # fmt: skip
THEMES = [("dark", _("dark")), ("light", _("light"))]
WAY_WORDS = {"quantile": _("as many units in each class"), "equal": _("equal steps"), "diverging": _("around the target")}
# What of a tile the form shows; anything else it says is carried along.
SHOWN = ("view", "measure", "indicator", "days", "way", "drawing", "agency", "x", "y", "w", "h")
CARRIED = ("needs", "about", "filters")
PLACED = ("x", "y", "w", "h")
WHOLE = 24


class FrameForm(forms.Form):
    """Name, shape and looks of a wall."""

    title = forms.CharField(label=_("Name of the wall"), max_length=120)
    title_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    shape = forms.ChoiceField(label=_("Shape"), choices=SHAPES)
    theme = forms.ChoiceField(label=_("Theme"), choices=THEMES)
    rotate_s = forms.IntegerField(
        label=_("Seconds each scene stays"), min_value=0, max_value=ROTATES[1], help_text=_("0: the first scene stays for good."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why"), max_length=300, help_text=_("Stands beside the version, for whoever reads it later."))
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)


class SceneForm(forms.Form):
    """Name of a scene."""

    title = forms.CharField(label=_("Name of the scene"), max_length=120)
    title_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)


class WallTileForm(forms.Form):
    """One tile: what it shows and where it lies."""

    view = forms.ChoiceField(label=_("Shown as"))
    what = forms.ChoiceField(label=_("Figure or indicator"), required=False)
    days = forms.IntegerField(label=_("Days it covers"), min_value=1, max_value=LONGEST_DAYS)
    way = forms.ChoiceField(label=_("Colours of a map"), required=False)
    drawing = forms.ChoiceField(label=_("Map drawn as"), required=False, choices=[(HEXAGONS, _("hexagons")), (LAND, _("real boundaries"))])
    place = forms.CharField(label=_("Agency and all below it"), required=False, max_length=300)
    x = forms.IntegerField(label=_("Column of the grid"), min_value=1, max_value=WHOLE)
    y = forms.IntegerField(label=_("Row of the grid"), min_value=1, max_value=WHOLE)
    w = forms.IntegerField(label=_("Width"), min_value=1, max_value=WHOLE)
    h = forms.IntegerField(label=_("Height"), min_value=1, max_value=WHOLE)
    rest = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: "Choices", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        for name, offered in (("view", choices.views), ("what", choices.what), ("way", choices.ways)):
            self.fields[name].choices = offered  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["place"].widget.attrs["list"] = "places"

    def clean_place(self) -> int | None:
        """The agency of a name."""
        if not (told := str(self.cleaned_data["place"]).strip()):
            return None
        if (found := self.choices.places.get(fold(told))) is None:
            raise forms.ValidationError(_("There is no agency of this name. Choose one of those that are offered, or leave it empty."))
        return found

    def told(self) -> dict[str, Any]:
        """The tile as a wall keeps it."""
        data = self.cleaned_data
        kind, _colon, name = str(data.get("what") or "").partition(":")
        found: dict[str, Any] = {"view": data["view"], **{key: data[key] for key in PLACED}, **carried(data.get("rest", ""))}
        if data["view"] in ("alerts", "junctions"):
            return found
        if kind in ("measure", "indicator"):
            found[kind] = name
        if kind == "measure":
            found["days"] = data["days"]
        if data["view"] == "map":
            if data.get("way"):
                found["way"] = data["way"]
            if data.get("drawing") == LAND:
                found["drawing"] = LAND
        if data.get("place"):
            found["agency"] = data["place"]
        return found


@dataclass(frozen=True)
class Choices:
    """What the lines of a wall offer, read once for all of them."""

    views: list[tuple[str, str]]
    what: list[tuple[str, Any]]
    ways: list[tuple[str, Any]]
    places: dict[str, int]
    names: dict[int, str]

    @classmethod
    def on(cls, day: date) -> "Choices":
        """What can be chosen on a day."""
        groups: list[tuple[Any, Any]] = [(title, [(f"measure:{name}", words) for name, words in rows]) for title, rows in measures()[1:]]
        named: list[tuple[str, str]] = [(f"indicator:{code}", f"{name} ({code})") for code, name in known_indicators(day)]
        if named:
            groups.append((_("Indicators of the province"), named))
        names = {each.id: each.name for each in organizations.agencies_on(day)}
        return cls(
            list(view_words().items()), [("", _("No figure")), *groups],
            [("", _("as usual")), *((way, WAY_WORDS[way]) for way in WAYS)], {fold(name): key for key, name in names.items()}, names,
        )  # fmt: skip


@dataclass
class Draft:
    """A wall as it was sent: texts, not judged yet."""

    frame: dict[str, Any]
    scenes: list[dict[str, Any]] = field(default_factory=list)
    shown: int = 0

    def grid(self) -> tuple[int, int]:
        """Columns and rows of its shape."""
        return GRIDS.get(str(self.frame.get("shape")), GRIDS["16:9"])

    def act(self, act: str) -> str:
        """Do what a button asks of the draft: add, drop and move scenes and tiles; gives the id to go to."""
        what, *rest = act.split(":")
        numbers = [int(each) for each in rest if each.isascii() and each.isdigit() and len(each) < 4]
        n = numbers[0] if numbers and numbers[0] < len(self.scenes) else None
        if what == "scene" and len(self.scenes) < MOST_SCENES:
            self.scenes.append({"title": "", "title_en": "", "tiles": []})
            self.shown = len(self.scenes) - 1
        elif n is None:
            return "frame"
        elif what == "show":
            self.shown = n
        elif what == "drop" and len(numbers) == 1 and len(self.scenes) > 1:
            del self.scenes[n]
            self.shown = min(self.shown, len(self.scenes) - 1)
        elif what == "drop" and len(numbers) > 1 and numbers[1] < len(self.scenes[n]["tiles"]):
            del self.scenes[n]["tiles"][numbers[1]]
            self.shown = n
        elif what == "earlier" and n > 0:
            self.scenes[n - 1], self.scenes[n] = self.scenes[n], self.scenes[n - 1]
            self.shown = n - 1
        elif what == "tile" and len(self.scenes[n]["tiles"]) < MOST_TILES:
            self._add_tile(n)
        return f"scene-{self.shown}"

    def _add_tile(self, n: int) -> None:
        tiles = self.scenes[n]["tiles"]
        columns, rows = self.grid()
        placed = [tile for tile in tiles if all(_whole(tile.get(key)) for key in PLACED)]
        place = free_place(placed, columns=columns, rows=rows) or {"x": 1, "y": 1, "w": 1, "h": 1}
        tiles.append({"view": "number", "what": "", "days": "1", "way": "", "drawing": HEXAGONS, "place": "", "rest": "", "is_new": True, **place})
        self.shown = n


def draft_of(told: Mapping[str, Any], *, names: Mapping[int, str], revision: int = 0) -> Draft:
    """A wall as it is kept, as a draft."""
    frame = {key: told.get(key) for key in ("title", "title_en", "shape", "theme", "rotate_s")} | {"revision": revision}
    scenes = [
        {"title": scene["title"], "title_en": scene.get("title_en", ""), "tiles": [_line_of(tile, names) for tile in scene["tiles"]]}
        for scene in told.get("scenes") or []
    ]
    return Draft(frame, scenes)


def draft_from(sent: QueryDict) -> Draft:
    """What a form sent, as a draft."""
    frame = {key: sent.get(key, "") for key in FrameForm.base_fields}
    scenes = []
    for n in range(_count(sent.get("scenes", ""), MOST_SCENES)):
        tiles = [
            {key: sent.get(f"s{n}t{t}-{key}", "") for key in WallTileForm.base_fields} | {"is_open": bool(sent.get(f"s{n}t{t}-open"))}
            for t in range(_count(sent.get(f"s{n}-tiles", ""), MOST_TILES))
        ]
        scenes.append({"title": sent.get(f"s{n}-title", ""), "title_en": sent.get(f"s{n}-title_en", ""), "tiles": tiles})
    return Draft(frame, scenes, min(_count(sent.get("shown", ""), MOST_SCENES), max(0, len(scenes) - 1)))


def empty_draft() -> Draft:
    """A new wall: one scene without tiles."""
    frame = {"title": "", "title_en": "", "shape": Layout.Shape.SINGLE.value, "theme": Layout.Theme.DARK.value, "rotate_s": 0, "revision": 0}
    return Draft(frame, [{"title": "", "title_en": "", "tiles": []}])


def carried(rest: str) -> dict[str, Any]:
    """What a tile says besides its form, as it was carried along; nothing where that is not as it was sent."""
    try:
        found = json.loads(rest) if rest else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    kept = {key: found[key] for key in CARRIED if key in found}
    filters = kept.get("filters")
    if "filters" in kept and not (isinstance(filters, dict) and all(isinstance(each, str) for each in filters.values())):
        del kept["filters"]
    return {key: value for key, value in kept.items() if key == "filters" or isinstance(value, str)}


def _line_of(tile: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    what = f"measure:{tile['measure']}" if tile.get("measure") else f"indicator:{tile['indicator']}" if tile.get("indicator") else ""
    rest = {key: tile[key] for key in CARRIED if tile.get(key)}
    return {
        "view": tile["view"], "what": what, "days": tile.get("days", 1), "way": tile.get("way", ""), "drawing": tile.get("drawing", HEXAGONS),
        "place": names.get(int(tile["agency"]), "") if tile.get("agency") else "", "rest": json.dumps(rest, ensure_ascii=False) if rest else "",
        **{key: tile[key] for key in PLACED},
    }  # fmt: skip


def line_title(line: Mapping[str, Any]) -> str:
    """What a line of the form shows, for its heading."""
    kind, _colon, name = str(line.get("what") or "").partition(":")
    return title_of_tile({"view": line.get("view"), **({kind: name} if kind and line.get("view") not in ("alerts", "junctions") else {})})


def _count(told: str, most: int) -> int:
    return min(int(told), most) if told.isascii() and told.isdigit() and len(told) < 4 else 0


def _whole(told: Any) -> bool:
    text = str(told)
    return text.isascii() and text.isdigit() and 0 < len(text) < 3
