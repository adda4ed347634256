"""The walk: every address, every role, another unit, another citizen. Denied unless the table says otherwise."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from langbiang.foundation.access.middleware import PACKAGE_VIEWS
from langbiang.foundation.access.roles import all_roles, role
from langbiang.foundation.access.rules import rule_of
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.files import services as files
from langbiang.foundation.forms import services as drafts
from langbiang.government.cases import services
from langbiang.government.cases.models import CaseDocument
from tests.access.routes import EXPECTED, OF_A_CITIZEN, OF_A_UNIT
from tests.government.cases.world import MORNING, World, build

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def walk(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named address with its pattern."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern
        elif isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from walk(pattern.url_patterns, inner)


ROUTES = dict(walk(get_resolver().url_patterns))


def declared(name: str) -> str:
    """What the view itself declares, in the words of the table."""
    rule = rule_of(ROUTES[name].callback) or PACKAGE_VIEWS.get(name)
    if rule is None:
        return "undeclared"
    return f"{rule.audience}:{rule.permission}" if rule.permission else rule.audience


def test_every_address_stands_in_the_table_and_nothing_else_does() -> None:
    assert {name: declared(name) for name in ROUTES} == EXPECTED


@pytest.fixture
def world(db: None) -> World:
    return build()


@pytest.fixture
def arguments(world: World) -> dict[str, Any]:
    """A record of the commune for every argument an address may take."""
    now = timezone.now()
    case = world.accepted(now - timedelta(hours=1))
    kept = files.store_bytes(
        world.citizen,
        data=b"%PDF-1.4",
        name="a.pdf",
        mime="application/pdf",
        room="cases",
        owner=f"cases.case:{case.pk}",
        at=now,
    )
    CaseDocument.objects.create(case=case, name="a", file=kept, added_at=now)
    draft = drafts.start_draft(
        world.citizen, room="cases", subject=world.procedure.code, title="x", answers={}, at=now,
        extra={"version": world.version.pk, "owner_id": world.citizen.person_id},
    )  # fmt: skip
    return {
        "case_id": case.pk, "file_id": kept.pk, "name": "a.pdf", "draft_id": draft.pk, "page": 1, "key": "accept",
        "kind": "note", "form_id": case.forms.get().pk, "code": world.procedure.code, "token": "a" * 26, "number": 1,
        "version_id": world.version.pk, "sheet_id": world.sheet.pk, "procedure_id": world.version.procedure_id,
        "agency_id": world.commune.pk, "position_id": world.officer("officer").position_id, "account_id": world.officer("officer").account_id,
        "shell": "portal", "act": "lock", "year": 2026, "day": "2026-11-24",
    }  # fmt: skip


def address(name: str, arguments: dict[str, Any]) -> str:
    """An address with records of the commune; what has no record there gets a number nobody has."""
    values: dict[str, Any] = {}
    for key, converter in ROUTES[name].pattern.converters.items():
        kind = type(converter).__name__
        nobody: Any = uuid4() if "UUID" in kind else 987654321 if "Int" in kind else "officer"
        value = arguments.get(key, nobody)
        values[key] = "officer" if "Slug" in kind and "." in str(value) else value
    return reverse(name, kwargs=values)


def browser(account_id: int | None) -> Client:
    client = Client(raise_request_exception=False)
    if account_id:
        client.force_login(Account.objects.get(pk=account_id), backend=BACKEND)
    return client


def is_refused(client: Client, url: str, *, methods: tuple[str, ...] = ("get", "post")) -> list[str]:
    """Methods that were not refused: anything but a refusal, a sign-in page or a method that does not exist."""
    open_ = []
    for method in methods:
        answer = getattr(client, method)(url)
        to_sign_in = answer.status_code == 302 and "sign-in" in answer["Location"]
        if answer.status_code not in (401, 403, 404, 405) and not to_sign_in:
            open_.append(f"{method} {answer.status_code}")
    return open_


def test_nobody_who_is_not_signed_in_opens_more_than_the_public_pages(arguments: dict[str, Any]) -> None:
    client = browser(None)
    found = {
        name: still
        for name, audience in EXPECTED.items()
        if audience not in ("public", "development") and (still := is_refused(client, address(name, arguments)))
    }
    assert found == {}


def test_a_citizen_opens_no_page_of_officers(world: World, arguments: dict[str, Any]) -> None:
    client = browser(world.citizen.account_id)
    found = {
        name: still
        for name, audience in EXPECTED.items()
        if audience.startswith("staff") and (still := is_refused(client, address(name, arguments)))
    }
    assert found == {}


def test_a_citizen_does_not_find_what_belongs_to_another(world: World, arguments: dict[str, Any]) -> None:
    client = browser(world.stranger.account_id)
    found = {name: still for name in OF_A_CITIZEN if (still := is_refused(client, address(name, arguments)))}
    assert found == {}


@pytest.mark.parametrize("code", [known.code for known in all_roles()])
def test_a_role_opens_only_what_its_permissions_open(world: World, arguments: dict[str, Any], code: str) -> None:
    client = browser(world.officer(code).account_id)
    held = role(code).permissions
    found = {}
    for name, audience in EXPECTED.items():
        kind, _colon, permission = audience.partition(":")
        forbidden = kind == "citizen" or (kind == "staff" and permission and permission not in held)
        if forbidden and (still := is_refused(client, address(name, arguments))):
            found[name] = still
    assert found == {}


@pytest.mark.parametrize("code", [known.code for known in all_roles()])
def test_an_officer_of_another_unit_gets_nothing_of_this_one(
    world: World, arguments: dict[str, Any], code: str
) -> None:
    client = browser(world.officer(code, world.neighbour).account_id)
    found = {name: still for name in OF_A_UNIT if (still := is_refused(client, address(name, arguments)))}
    assert found == {}


def test_an_officer_of_the_unit_opens_the_case(world: World, arguments: dict[str, Any]) -> None:
    client = browser(world.officer("dispatcher").account_id)
    assert client.get(address("cases:case", arguments)).status_code == 200
    assert client.get(address("files:download", arguments)).status_code == 200


def test_a_consulted_unit_opens_the_case_it_was_asked_about(world: World) -> None:
    case = world.assigned()
    services.consult(
        world.officer("officer"), case_id=case.pk, agency_ids=[world.neighbour.pk], question="Có đồng ý không?",
        due_at=MORNING + timedelta(days=3), at=MORNING + timedelta(hours=1),
    )  # fmt: skip
    asked = browser(world.officer("consulted", world.neighbour).account_id)
    assert asked.get(reverse("cases:case", args=[case.pk])).status_code == 200
