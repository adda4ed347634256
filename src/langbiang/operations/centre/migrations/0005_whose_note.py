"""Whose a note to a figure is, and who withdrew it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("centre", "0004_record_behind_a_closed_alert"),
    ]
    operations = [
        migrations.AddField(
            model_name="annotation",
            name="author",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="annotation",
            name="withdrawn_by",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]  # fmt: skip
