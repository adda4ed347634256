"""A small province with cases of every kind of loss."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from langbiang.government.quality import reference
from tests.government.cases.world import MORNING, World, build
from tests.government.quality.generated import Generated, generate


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def world(db: None) -> World:
    reference.load(at=MORNING)
    return build()


@pytest.fixture
def generated(world: World) -> Generated:
    """Six hundred cases, every kind of loss among them."""
    return generate(world, 600, seed=7)
