"""The first page of the portal: find a procedure, by words or by what happened in life; track a case; check a paper."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from langbiang.foundation.access import rules

from ..queries import catalogue
from . import words
from .found import address, today
from .listing import line


@require_safe
@rules.public
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody begins. Three queries."""
    on = today()
    events = [
        {
            "title": words.in_language(event, "name"),
            "url": address(reverse("procedures:catalogue"), life_event=event.slug),
            "count": event.count,
            "audience": event.audience,
        }
        for event in catalogue.life_events(on=on)
        if event.count
    ]
    return render(
        request,
        "procedures/home.html",
        {
            "citizen_events": [e for e in events if e["audience"] == "citizen"],
            "business_events": [e for e in events if e["audience"] == "business"],
            "frequent": [line(hit, brief=True) for hit in catalogue.frequently_used(on=on)],
        },
    )
