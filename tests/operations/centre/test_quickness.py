"""A map costs the server little, whatever the measure."""

import time
from datetime import date

import pytest

from langbiang.foundation.places import queries as places
from langbiang.foundation.places import reference
from langbiang.operations.centre.maps import choropleth

pytestmark = pytest.mark.django_db


def test_a_map_of_all_units_is_drawn_within_50_ms() -> None:
    from django.template.loader import render_to_string
    from django.utils import timezone

    reference.load(at=timezone.now())
    places.forget()
    on = date(2026, 11, 24)
    codes = [row.code for row in places.communes(on=on)]
    took = []
    for turn in range(4):
        values = {code: float((number * 37 + turn) % 101) for number, code in enumerate(codes)} | {codes[0]: None}
        begun = time.thread_time()
        drawn = choropleth(values, written=lambda value: f"{value}", on=on, url_of=lambda code: f"/x/?unit={code}")
        page = render_to_string("centre/map.html", {"map": drawn})
        took.append(time.thread_time() - begun)
    assert len(drawn.cells) == len(codes) == 124
    assert drawn.missing == 1
    assert page.count("<polygon") >= 124
    assert min(took[1:]) < 0.05, took
