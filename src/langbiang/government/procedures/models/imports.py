"""The staging table every import passes: the raw text beside what was read from it, until somebody approves it."""

from django.db import models


class ImportBatch(models.Model):
    """One run of an import."""

    source = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.CharField(max_length=200, blank=True)
    totals = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"import {self.pk} of {self.source}"


class ImportRow(models.Model):
    """One record: what came, what was read, how it differs from what is there, and what was decided about it."""

    class Verdict(models.TextChoices):
        STRUCTURED = "structured"
        REVIEW = "review"
        FAILED = "failed"

    class State(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        REJECTED = "rejected"
        UNCHANGED = "unchanged"
        SUPERSEDED = "superseded"

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="rows")
    code = models.CharField(max_length=40, db_index=True)
    title = models.TextField(blank=True)
    raw = models.JSONField()
    raw_sha256 = models.CharField(max_length=64)
    parsed = models.JSONField(default=dict)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reasons = models.JSONField(default=list)
    difference = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    version = models.ForeignKey(
        "procedures.ProcedureVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "code"], name="procedures_import_code_once")]
        indexes = [models.Index(fields=["state", "verdict"], name="procedures_import_state")]

    def __str__(self) -> str:
        return f"{self.code} in import {self.batch_id}"
