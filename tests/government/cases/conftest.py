"""The small province of world.py, and keys to sign with."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from simulators.trust_services import TrustServer
from tests.government.cases.world import World, build


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Refusals are matched in English, whatever the language of the installation."""
    with translation.override("en"):
        yield


@pytest.fixture
def world(db: None) -> World:
    return build()


@pytest.fixture
def live_world(transactional_db: None) -> World:
    """For tests that need real commits: several connections, killed processes."""
    return build()


@pytest.fixture(scope="session")
def trust_services() -> Iterator[TrustServer]:
    """A test authority over real HTTP."""
    home = Path(settings.HOME) / "simulators" / "trust-services"
    with TrustServer(home) as server:
        kept = {name: os.environ.get(name) for name in ("LANGBIANG_TRUST_SERVICES", "LANGBIANG_TSA_URL")}
        os.environ["LANGBIANG_TRUST_SERVICES"] = f"http://127.0.0.1:{server.port}"
        os.environ["LANGBIANG_TSA_URL"] = f"http://127.0.0.1:{server.port}/tsa"
        yield server
        for name, value in kept.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@pytest.fixture
def signing(world: World, trust_services: TrustServer) -> None:
    """The commune's leader can sign and its clerk can seal."""
    enrol(world)


def enrol(world: World) -> None:
    """Keys for the leader of the commune and for its seal."""
    from langbiang.foundation.signatures import demo
    from tests.government.cases.world import MORNING

    signer = world.officer("signer")
    demo.enrol_signers(
        [
            demo.DemoSigner(
                signer.label.split(",")[0], world.commune.pk, world.commune.name, signer.position_id, "Chủ tịch"
            ),
            demo.DemoSigner(world.commune.name, world.commune.pk, world.commune.name),
        ],
        at=MORNING,
    )
