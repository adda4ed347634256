"""What is said about a case: to the applicant, among officers, and by the applicant in the end."""

from django.db import models

from .case import Case


class Message(models.Model):
    """A message between the applicant and the agency; both see it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="messages")
    from_applicant = models.BooleanField()
    author = models.CharField(max_length=300)
    text = models.TextField(max_length=4000)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"message {self.pk} on {self.case_id}"


class Note(models.Model):
    """An internal note; the applicant never sees it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    author = models.CharField(max_length=300)
    account_id = models.BigIntegerField()
    text = models.TextField(max_length=4000)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note {self.pk} on {self.case_id}"


class Rating(models.Model):
    """How satisfied the person was: one answer per case."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="rating")
    score = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True, max_length=2000)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(score__gte=1, score__lte=5), name="cases_rating_one_to_five")
        ]

    def __str__(self) -> str:
        return f"{self.score} for {self.case_id}"
