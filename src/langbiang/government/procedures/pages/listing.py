"""The catalogue as citizens look through it: a search, the choices that narrow it, and what is found."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from langbiang.foundation.access import rules
from langbiang.foundation.ui.formats import number

from ..queries import catalogue
from ..queries.search import Hit, search
from . import words
from .found import address, number_of, text_of, today

PAGE = 20


@dataclass(frozen=True)
class Narrowing:
    """What the address asks for. Unknown values find nothing rather than fail."""

    field: str
    level: str
    audience: str
    life_event: str
    online: bool

    def as_queries(self) -> dict[str, Any]:
        """As the queries take it."""
        return {
            "field": self.field or None, "level": self.level or None, "audience": self.audience or None,
            "life_event": self.life_event or None,
        }  # fmt: skip

    def as_address(self) -> dict[str, Any]:
        """As it stands in an address."""
        return {
            "field": self.field, "level": self.level, "audience": self.audience, "life_event": self.life_event,
            "online": "1" if self.online else "",
        }  # fmt: skip


def narrowing_of(request: HttpRequest) -> Narrowing:
    """The choices in the address."""
    return Narrowing(
        field=text_of(request, "field", 40),
        level=text_of(request, "level", 12),
        audience=text_of(request, "audience", 60),
        life_event=text_of(request, "life_event", 50),
        online=text_of(request, "online", 1) == "1",
    )


def line(hit: Hit, *, brief: bool = False) -> dict[str, Any]:
    """A procedure as a line of a list."""
    title = words.in_language(hit, "title")
    way = _("File online") if hit.is_fileable else words.ONLINE.get(hit.online_level, "")
    about = [hit.field_name, words.levels(hit.levels), str(way)]
    if not brief:
        about.append(hit.code)
    return {
        "title": title,
        "url": reverse("procedures:procedure", args=[hit.code]),
        "text": "" if brief else " · ".join(part for part in about if part),
    }


@require_safe
@rules.public
def listing(request: HttpRequest) -> HttpResponse:
    """Search results, or the whole catalogue by title. At most nine queries."""
    on, narrowing, asked = today(), narrowing_of(request), text_of(request, "q")
    path = reverse("procedures:catalogue")
    chosen = narrowing.as_address()
    corrected, partial, next_url = "", False, ""
    if asked:
        found = search(
            asked,
            on=on,
            limit=PAGE,
            after=number_of(request, "after"),
            online=narrowing.online,
            **narrowing.as_queries(),
        )
        hits, total, corrected, partial = found.hits, found.total, found.corrected, found.is_partial
        if found.after:
            next_url = address(path, q=asked, after=found.after, **chosen)
    else:
        browsed = catalogue.browse(
            on=on, limit=PAGE, after=text_of(request, "after", 2000), online=narrowing.online, **narrowing.as_queries()
        )
        hits, total = browsed.hits, browsed.total
        if browsed.after:
            next_url = address(path, after=browsed.after, **chosen)
    facets = catalogue.facets(on=on, online=narrowing.online, **narrowing.as_queries())
    event = catalogue.life_event(narrowing.life_event) if narrowing.life_event else None
    return render(
        request,
        "procedures/catalogue.html",
        {
            "asked": asked, "lines": [line(hit) for hit in hits], "shown": _shown(total), "total": total,
            "corrected": corrected, "is_partial": partial, "facets": facets, "narrowing": narrowing,
            "fields": [(c.value, words.in_language(c, "label") or c.value, c.count) for c in facets.fields],
            "levels": [(c.value, words.LEVELS[c.value], c.count) for c in facets.levels],
            "audiences": [(c.value, words.AUDIENCES[c.value], c.count) for c in facets.audiences],
            "event": event and words.in_language(event, "name"),
            "chips": _chips(narrowing, asked, facets, event), "next_url": next_url, "path": path,
            "all_url": address(path, q=asked) if any(chosen.values()) else "",
        },
    )  # fmt: skip


def _shown(total: int) -> str:
    return ngettext("%(n)s procedure", "%(n)s procedures", total) % {"n": number(total)}


def _chips(narrowing: Narrowing, asked: str, facets: catalogue.Facets, event: Any) -> list[tuple[str, str, str]]:
    """The choices made, each with the address that takes it back."""
    path, chosen = reverse("procedures:catalogue"), narrowing.as_address()

    def without(name: str) -> str:
        return address(path, q=asked, **{k: v for k, v in chosen.items() if k != name})

    chips: list[tuple[str, str, str]] = []
    if event is not None:
        chips.append((_("Life event"), words.in_language(event, "name"), without("life_event")))
    if narrowing.field:
        name = next(
            (words.in_language(c, "label") for c in facets.fields if c.value == narrowing.field), narrowing.field
        )
        chips.append((_("Field"), name, without("field")))
    if narrowing.level:
        chips.append((_("Who decides"), str(words.LEVELS.get(narrowing.level, narrowing.level)), without("level")))
    if narrowing.audience:
        chips.append((_("For"), str(words.AUDIENCES.get(narrowing.audience, narrowing.audience)), without("audience")))
    if narrowing.online:
        chips.append((_("Online"), _("Can be filed here"), without("online")))
    return chips
