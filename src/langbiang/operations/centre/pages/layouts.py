"""Walls as they are kept: the list, one with its versions and screens, the editor with its preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, Stale, rules
from langbiang.foundation.access import policies as access
from langbiang.foundation.access.acting import acting

from .. import policies, queries, services, versions
from ..language import in_language
from ..models import Layout
from ..placing import GRIDS
from ..services.layouts import BadTile, tile_words
from ..walls import BadLayout
from .layout_forms import (
    Choices,
    Draft,
    FrameForm,
    SceneForm,
    WallTileForm,
    draft_from,
    draft_of,
    empty_draft,
    line_title,
)
from .rule_forms import ReasonForm
from .wall import SHAPES, context_of


@rules.staff("centre.manage")
@require_GET
def layout_list(request: HttpRequest) -> HttpResponse:
    """The walls in use, or those that were put away."""
    actor = acting(request)
    removed = request.GET.get("removed") == "1"
    screens = queries.screens(actor, at=timezone.now())
    rows = [
        {
            "layout": each, "title": in_language(each.title, each.title_en), "origin": versions.origin(each),
            "scenes": len(each.scenes), "screens": len(screens.get(each.pk, ([], 0))[0]) + screens.get(each.pk, ([], 0))[1],
        }
        for each in queries.layouts(removed=removed)
    ]  # fmt: skip
    context = {
        "rows": rows, "removed": removed, "may_keep": bool(policies.may_keep(actor)),
        "tabs": [
            {"label": _("In use"), "url": reverse("centre:layouts"), "current": not removed},
            {"label": _("Put away"), "url": reverse("centre:layouts") + "?removed=1", "current": removed},
        ],
    }  # fmt: skip
    return render(request, "centre/layouts.html", context)


@rules.staff("centre.manage")
@require_GET
def layout(request: HttpRequest, slug: str) -> HttpResponse:
    """One wall: its screens and all its versions."""
    actor = acting(request)
    found = _found(slug)
    named, others = queries.screens(actor, at=timezone.now()).get(found.pk, ([], 0))
    context = {
        "layout": found, "title": in_language(found.title, found.title_en), "origin": versions.origin(found), "screens": named, "others": others,
        "versions": list(found.versions.order_by("-number")), "may_keep": bool(policies.may_keep(actor)),
        "scenes": [(n, in_language(scene["title"], scene.get("title_en", "")), len(scene["tiles"])) for n, scene in enumerate(found.scenes)],
    }  # fmt: skip
    return render(request, "centre/layout.html", context)


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """A new wall; `?from=` begins with a copy of another one."""
    return _edit(request, None)


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a wall: what is saved is its next version."""
    return _edit(request, _found(slug))


@rules.staff("centre.manage")
@require_POST
@never_cache
def preview(request: HttpRequest) -> HttpResponse:
    """The scene that is being looked at, as the wall would draw it."""
    actor = acting(request)
    access.require(policies.may_keep(actor))
    draft = draft_from(request.POST)
    return render(request, "centre/_preview.html", _preview(request, draft, _Filled(draft, Choices.on(timezone.localdate()), judged=True)))


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a wall away."""
    found = _found(slug)
    consequences = [_("It can be chosen for no screen any more, and its address shows nothing."), _("Its versions are kept; restoring one brings it back.")]
    return _binding(request, found, _("Put a wall away"), _("Put away"), consequences, services.remove_layout, "centre:layouts", danger=True)


@rules.staff("centre.manage")
@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Let a wall show a former version again."""
    found = _found(slug)
    version = found.versions.filter(number=number).first()
    if version is None:
        raise Http404(_("There is no such version."))
    consequences = [
        _("The wall shows what it showed in version %(n)s; it is saved as its next version.") % {"n": number},
        _("The screens that show this wall follow within seconds."),
    ]
    named = _("Restore version %(n)s") % {"n": number}
    return _binding(request, found, named, named, consequences, services.restore_layout, "centre:layout", number=number)


def _binding(
    request: HttpRequest, found: Layout, title: str, label: str, consequences: list[str], act: Any, after: str, *, danger: bool = False,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    """The page of a binding act with its reason."""
    actor = acting(request)
    access.require(policies.may_keep(actor))
    form = ReasonForm(request.POST or None, initial={"revision": found.revision})
    if request.method == "POST" and form.is_valid():
        try:
            act(actor, layout_id=found.pk, at=timezone.now(), **form.cleaned_data, **more)
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("Done."))
            return redirect(after, *([found.slug] if after == "centre:layout" else []))
    context = {
        "form": form, "title": title, "label": label, "consequences": consequences, "danger": danger,
        "introduction": in_language(found.title, found.title_en), "back": reverse("centre:layout", args=[found.slug]),
    }  # fmt: skip
    return render(request, "centre/layout_act.html", context, status=422 if form.errors else 200)


@dataclass
class _Line:
    """A tile of the editor."""

    number: int
    prefix: str
    title: str
    form: WallTileForm
    is_open: bool


@dataclass
class _Scene:
    """A scene of the editor."""

    number: int
    form: SceneForm
    lines: list[_Line]


class _Filled:
    """The forms of a draft; judged only when somebody wants to save it or to see it."""

    def __init__(self, draft: Draft, choices: Choices, *, judged: bool) -> None:
        def filled(form: type[Any], data: Mapping[str, Any], prefix: str | None, **more: Any) -> Any:
            if judged:
                return form({f"{prefix}-{key}" if prefix else key: value for key, value in data.items()}, prefix=prefix, **more)
            return form(initial=data, prefix=prefix, **more)

        self.draft, self.choices = draft, choices
        self.frame: FrameForm = filled(FrameForm, draft.frame, None)
        self.scenes = [
            _Scene(
                n, filled(SceneForm, scene, f"s{n}"),
                [
                    _Line(t, f"s{n}t{t}", line_title(tile), filled(WallTileForm, tile, f"s{n}t{t}", choices=choices), bool(tile.get("is_new")))
                    for t, tile in enumerate(scene["tiles"])
                ],
            )
            for n, scene in enumerate(draft.scenes)
        ]  # fmt: skip

    @property
    def forms(self) -> list[Any]:
        """All of them, in the order in which they are read."""
        return [self.frame, *[form for scene in self.scenes for form in (scene.form, *[line.form for line in scene.lines])]]

    def told(self) -> dict[str, Any]:
        """What all of them say, as a wall keeps it; only when each is right by itself."""
        frame = self.frame.cleaned_data
        scenes = [
            {"title": scene.form.cleaned_data["title"], "title_en": scene.form.cleaned_data["title_en"], "tiles": [line.form.told() for line in scene.lines]}
            for scene in self.scenes
        ]
        return {**{key: frame[key] for key in ("title", "title_en", "shape", "theme", "rotate_s")}, "scenes": scenes}

    def is_right(self) -> bool:
        """Whether everything can be shown; what cannot stands beside its field, named by its tile."""
        if not all([form.is_valid() for form in self.forms]):
            for scene in self.scenes:
                for line in scene.lines:
                    line.is_open = line.is_open or bool(line.form.errors)
            return False
        for each in services.layout_problems(self.told(), at=timezone.now()):
            self.refuse(each)
        return not any(form.errors for form in self.forms)

    def refuse(self, refused: Refusal) -> None:
        """Put a refusal beside what it is about."""
        field = refused.field or ""
        if isinstance(refused, BadTile):
            line = self.scenes[refused.scene].lines[refused.tile]
            line.is_open = True
            line.form.add_error(field if field in line.form.fields else None, str(refused))
            return
        prefix, _dash, name = field.partition("-")
        scene = next((each for each in self.scenes if f"s{each.number}" == prefix and name), None)
        if scene is not None:
            scene.form.add_error(name if name in scene.form.fields else None, str(refused))
        else:
            self.frame.add_error(field if field in self.frame.fields else None, str(refused))


def _edit(request: HttpRequest, found: Layout | None) -> HttpResponse:
    actor = acting(request)
    access.require(policies.may_keep(actor))
    choices = Choices.on(timezone.localdate())
    act = request.POST.get("act", "")
    draft = draft_from(request.POST) if request.method == "POST" else _begun_with(request, found, choices)
    meanwhile = ""
    status, focus = 200, ""
    if act == "save":
        filled = _Filled(draft, choices, judged=True)
        if filled.is_right():
            try:
                return redirect("centre:layout", _saved(actor, found, filled, request).slug)
            except Stale as refused:
                meanwhile, status = str(refused), 409
                draft = replace(draft, frame={**draft.frame, "revision": _found(found.slug).revision if found else 0})
                filled = _Filled(draft, choices, judged=False)
            except BadLayout as refused:
                filled.refuse(refused)
        status = 422 if any(form.errors for form in filled.forms) else status
    else:
        focus = draft.act(act) if act else ""
        filled = _Filled(draft, choices, judged=False)
    context = {
        "layout": found, "filled": filled, "draft": draft, "meanwhile": meanwhile, "focus": focus,
        "names": sorted(choices.names.values()), "back": reverse("centre:layout", args=[found.slug]) if found else reverse("centre:layouts"),
        **_preview(request, draft, _Filled(draft, choices, judged=True)),
    }  # fmt: skip
    return render(request, "centre/layout_edit.html", context, status=status)


def _begun_with(request: HttpRequest, found: Layout | None, choices: Choices) -> Draft:
    if found is not None:
        return draft_of(versions.told_of(found), names=choices.names, revision=found.revision)
    model = queries.layout(request.GET.get("from", ""))
    if model is None:
        return empty_draft()
    draft = draft_of(versions.told_of(model), names=choices.names)
    draft.frame["title"] = _("Copy of %(title)s") % {"title": model.title}
    draft.frame["title_en"] = f"Copy of {model.title_en}" if model.title_en else ""
    return draft


def _saved(actor: Actor, found: Layout | None, filled: _Filled, request: HttpRequest) -> Layout:
    frame, at = filled.frame.cleaned_data, timezone.now()
    if found is None:
        saved = services.make_layout(actor, told=filled.told(), reason=frame["reason"], at=at)
        messages.success(request, _("The wall is made. Give a screen its key to show it."))
        return saved
    saved = services.change_layout(
        actor, layout_id=found.pk, revision=frame["revision"] or 0, told=filled.told(), reason=frame["reason"], at=at
    )
    messages.success(request, _("The wall is changed. Its screens follow within seconds."))
    return saved


def _preview(request: HttpRequest, draft: Draft, filled: _Filled) -> dict[str, Any]:
    """The scene that is looked at, drawn by the very page of the wall; tiles that cannot be drawn are named instead."""
    shape = draft.frame.get("shape") if draft.frame.get("shape") in GRIDS else "16:9"
    shape_name = SHAPES[str(shape)]
    if not filled.scenes:
        return {"preview_page": "", "preview_shape": shape_name, "left_out": []}
    scene = filled.scenes[draft.shown]
    tiles, left_out = _drawable(filled, scene, str(shape))
    columns, rows = GRIDS[str(shape)]
    raw = draft.scenes[draft.shown]
    drawn = {"title": raw["title"] or _("Scene %(n)s") % {"n": draft.shown + 1}, "title_en": raw["title_en"], "tiles": tiles}
    wall = Layout(
        slug="preview", title=draft.frame.get("title") or _("A wall"), title_en=draft.frame.get("title_en") or "", shape=str(shape),
        columns=columns, rows=rows, scenes=[drawn] * len(draft.scenes), revision=0,
    )  # fmt: skip
    light = draft.frame.get("theme") == Layout.Theme.LIGHT
    agencies = policies.agencies_seen(acting(request))
    context = context_of(wall, draft.shown, drawn, light=light, agencies=agencies, links=False, live="")
    page = render_to_string("centre/wall.html", {**context, "preview": True}, request=request)
    return {"preview_page": page, "preview_shape": shape_name, "preview_scene": draft.shown, "left_out": left_out}


def _drawable(filled: _Filled, scene: _Scene, shape: str) -> tuple[list[dict[str, Any]], list[str]]:
    told: list[tuple[_Line, dict[str, Any]]] = []
    left_out: list[str] = []
    for line in scene.lines:
        if line.form.is_valid():
            told.append((line, line.form.told()))
        else:
            left_out.append(_("Tile %(n)s (%(title)s) is not filled in yet.") % {"n": line.number + 1, "title": line.title})
    frame = {"title": "x", "shape": shape, "theme": "dark", "rotate_s": 0}
    tiles: Sequence[dict[str, Any]] = [tile for _line, tile in told]
    bad: set[int] = set()
    if tiles:
        for each in services.layout_problems({**frame, "scenes": [{"title": "x", "tiles": tiles}]}, at=timezone.now()):
            if isinstance(each, BadTile):
                bad.add(each.tile)
                name = tile_words(scene.number, told[each.tile][0].number, tiles[each.tile])
                left_out.append(f"{name}: {each.words}")
    return [tile for n, tile in enumerate(tiles) if n not in bad], left_out


def _found(slug: str) -> Layout:
    found = queries.layout(slug, removed=True)
    if found is None:
        raise Http404(_("There is no such wall."))
    return found
