"""An invented catalogue for tests of search and pages."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client

from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.models import Agency, Holding, Position
from langbiang.government.procedures import models
from langbiang.government.procedures.queries import search

AT = datetime(2026, 11, 2, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
ON = date(2026, 11, 2)


def field(code: str = "civil_status", name: str = "Hộ tịch") -> models.Field:
    """A field of administration."""
    return models.Field.objects.get_or_create(code=code, defaults={"name": name, "name_en": code})[0]


def version(code: str, title: str, **more: Any) -> models.ProcedureVersion:
    """A published version in force, indexed for search."""
    procedure, _ = models.Procedure.objects.get_or_create(code=code, defaults={"created_at": AT})
    events = more.pop("events", ())
    made = models.ProcedureVersion.objects.create(
        procedure=procedure,
        **{
            "number": 1, "state": "published", "valid_from": date(2025, 7, 1), "title": title, "field": field(),
            "levels": ["commune"], "created_at": AT, "audiences": ["Công dân Việt Nam"], **more,
        },
    )  # fmt: skip
    made.life_events.set(events)
    search.reindex([made.pk])
    return made


def officer(*roles: str) -> Client:
    """A browser in which an officer with these roles is signed in."""
    province, _ = Agency.objects.get_or_create(
        code="T00", defaults={"name": "Văn phòng UBND tỉnh", "kind": Agency.Kind.PROVINCE, "valid_from": date(2025, 7, 1)}
    )
    number = Account.objects.count()
    position = Position.objects.create(agency=province, title=f"Chuyên viên {number}", valid_from=date(2025, 7, 1))
    account = Account.objects.create(
        kind="staff", username=f"catalogue.{number}", full_name=f"Trần Thị Danh Mục {number}", created_at=AT
    )
    Holding.objects.create(position=position, account=account, valid_from=date(2025, 7, 1))
    for role in roles:
        RoleAssignment.objects.create(
            position=position, role=role, agency=province, valid_from=date(2025, 7, 1), created_at=AT
        )
    organizations.forget()
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
