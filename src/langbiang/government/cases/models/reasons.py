"""Reasons and forms as the law lists them: dated rows, correctable, with their source."""

from django.db import models


class Reason(models.Model):
    """A listed ground: of a refusal, a suspension, a stop, a supplement or an extension."""

    class Kind(models.TextChoices):
        REFUSAL = "refusal"
        SUSPENSION = "suspension"
        STOP = "stop"
        SUPPLEMENT = "supplement"
        EXTENSION = "extension"
        REOPENING = "reopening"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    code = models.SlugField(max_length=40)
    text = models.TextField()
    text_en = models.TextField(blank=True)
    legal_source = models.CharField(max_length=300, blank=True)
    suspends = models.BooleanField(default=False)
    needs_evidence = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    verified = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "code", "valid_from"], name="cases_reason_once")]

    def __str__(self) -> str:
        return self.text[:80]


class FormSet(models.Model):
    """The set of legal forms in force from a day; a case prints with the set of its reception."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    legal_source = models.CharField(max_length=300)
    case_code_pattern = models.CharField(max_length=80)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    verified = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.code
