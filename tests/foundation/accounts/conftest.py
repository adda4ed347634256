"""A province, a ward and a commune; officers with passwords; the stand-in for the identity provider."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.accounts import oidc
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.models import Agency, Holding, Position
from simulators.identity_provider.server import IdentityServer

PASSWORD = "a meadow full of horses"
BEGUN = date(2025, 7, 1)
_numbers = count(1)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def agency(name: str, kind: str, parent: Agency | None = None) -> Agency:
    number = next(_numbers)
    row = Agency.objects.create(
        code=f"T{number:02}", name=name, kind=kind, parent=parent, path="", valid_from=BEGUN, sort_key=name
    )
    row.path = f"{parent.path if parent else '/'}{row.pk}/"
    row.save()
    organizations.forget()
    return row


@dataclass
class Staff:
    """Three agencies and a way to seat somebody in them."""

    province: Agency
    ward: Agency
    commune: Agency

    def officer(self, username: str = "", *, at: Agency | None = None, roles: tuple[str, ...] = ("officer",),
                seated: bool = True, **values: Any) -> Account:  # fmt: skip
        """An officer with PASSWORD, seated at an agency (the ward where none is named)."""
        number = next(_numbers)
        account = Account(
            kind="staff", username=username or f"officer{number}", full_name=f"Nguyễn Văn {number}",
            created_at=timezone.now(), **values,
        )  # fmt: skip
        account.set_password(PASSWORD)
        account.save()
        if seated:
            self.seat(account, at=at or self.ward, roles=roles)
        return account

    def seat(self, account: Account, *, at: Agency, roles: tuple[str, ...] = ("officer",), title: str = "") -> Position:
        """One more position for an account."""
        position = Position.objects.create(agency=at, title=title or f"Chuyên viên {next(_numbers)}", valid_from=BEGUN)
        Holding.objects.create(position=position, account=account, valid_from=BEGUN)
        for role in roles:
            RoleAssignment.objects.create(
                position_id=position.pk, role=role, agency_id=at.pk, valid_from=BEGUN, created_at=timezone.now()
            )
        return position


@pytest.fixture
def staff(db: None) -> Staff:
    province = agency("Ủy ban nhân dân tỉnh Lâm Đồng", "people_committee_province")
    return Staff(
        province,
        agency("Ủy ban nhân dân phường Xuân Hương - Đà Lạt", "people_committee_commune", province),
        agency("Ủy ban nhân dân xã Lạc Dương", "people_committee_commune", province),
    )


@pytest.fixture
def browser() -> Client:
    """A browser that insists on the form token, in English."""
    client = Client(enforce_csrf_checks=False, headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/131.0"})
    client.cookies["django_language"] = "en"
    return client


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    """Send the staff sign-in form."""
    return client.post("/staff/sign-in/", {"username": username, "password": password, **more})


@pytest.fixture
def identity_provider(tmp_path_factory: Any, settings: Any) -> Iterator[IdentityServer]:
    """The stand-in over real HTTP, and the platform pointed to it."""
    with IdentityServer(tmp_path_factory.mktemp("issuer")) as server:
        settings.OIDC = {
            **settings.OIDC, "issuer": server.issuer.base_url, "client_id": "langbiang", "secret": "langbiang-demo",
        }  # fmt: skip
        settings.PUBLIC_URL = "http://testserver"
        server.issuer.hosts.add("testserver")
        oidc.forget()
        yield server
        oidc.forget()
