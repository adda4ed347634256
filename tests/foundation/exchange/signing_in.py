"""A browser of an administrator of the whole province."""

from django.test import Client
from django.utils import timezone

from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.models import Agency, Holding, Position


def signed_in(*roles: str) -> Client:
    """A browser of an officer with these roles over everything."""
    today, number = timezone.localdate(), Account.objects.count()
    agency = Agency.objects.create(
        code=f"A{number}", name="UBND tỉnh", kind="people_committee_province", path="", valid_from=today, sort_key="u"
    )
    agency.path = f"/{agency.pk}/"
    agency.save()
    organizations.forget()
    account = Account.objects.create(
        kind="staff", username=f"officer{number}", full_name="Lê Thị Quản", created_at=timezone.now()
    )
    position = Position.objects.create(agency=agency, title="Quản trị", valid_from=today)
    Holding.objects.create(position=position, account=account, valid_from=today)
    for role in roles:
        RoleAssignment.objects.create(
            position_id=position.pk, role=role, agency_id=agency.pk, valid_from=today, created_at=timezone.now()
        )
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
