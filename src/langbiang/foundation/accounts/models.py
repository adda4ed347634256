"""Accounts: the keys to the house. Who a citizen is stands in people; what an officer may do in organizations and access."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by user name without regard to case."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(username__iexact=username or "")


class Account(AbstractBaseUser):
    """Somebody or something that can sign in."""

    class Kind(models.TextChoices):
        STAFF = "staff"
        CITIZEN = "citizen"
        CLIENT = "client"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    username = models.CharField(max_length=150)
    full_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=False)
    enrolled_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    objects = AccountManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="accounts_username_once"),
            models.CheckConstraint(
                condition=~Q(kind="citizen") | Q(person__isnull=False) | Q(is_active=False),
                name="accounts_citizen_has_person",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_staff(self) -> bool:
        """Django's name for an officer; nothing is decided by it here."""
        return self.kind == self.Kind.STAFF

    def get_full_name(self) -> str:
        return self.full_name or self.username


class ExternalIdentity(models.Model):
    """Whom an identity provider says an account is: the pair (issuer, subject) never names two accounts."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    level = models.CharField(max_length=100, blank=True)
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="accounts_external_identity_once")]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class ApiKey(models.Model):
    """A key another system signs in with: only its digest is kept. It acts in one seat."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="api_keys")
    position = models.ForeignKey("organizations.Position", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=300)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.account.full_name} …{self.hint}"
