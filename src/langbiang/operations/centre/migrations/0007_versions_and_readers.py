"""Rules and walls with their versions and what they were delivered as; who is told of the morning brief."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


def version(name: str, of: str, model: str) -> migrations.CreateModel:
    """A table of versions of something."""
    return migrations.CreateModel(
        name=name,
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveIntegerField()),
            ("told", models.JSONField()),
            ("at", models.DateTimeField()),
            ("by", models.CharField(max_length=200)),
            ("reason", models.CharField(max_length=300)),
            (of, models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="versions", to=model)),
        ],
        options={"constraints": [models.UniqueConstraint(fields=[of, "number"], name=f"centre_{of}_version_once")]},
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("centre", "0006_rules_on_indicators"),
    ]
    operations = [
        migrations.AddField("alertrule", "delivered", models.JSONField(blank=True, null=True)),
        migrations.AddField("layout", "delivered", models.JSONField(blank=True, null=True)),
        migrations.AddField("layout", "removed_at", models.DateTimeField(blank=True, null=True)),
        version("RuleVersion", "rule", "centre.alertrule"),
        version("LayoutVersion", "layout", "centre.layout"),
        migrations.CreateModel(
            name="BriefReader",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(default="vi", max_length=2)),
                ("since", models.DateTimeField()),
                ("by", models.CharField(max_length=200)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=200)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(ended_at__isnull=True), fields=["account"], name="centre_reads_the_brief_once"
                    )
                ]
            },
        ),
    ]
