"""The first sending, by which lateness is judged, and the reason of a correction, each apart from what comes later."""

from django.db import migrations, models

# The first version of what was published says when it had been sent; a later correction moved submitted_at only.
_FIRST_SENT = """
UPDATE indicators_obligation o SET first_sent_at = least(o.submitted_at, (
    SELECT min(v.reported_at) FROM indicators_observation v WHERE v.obligation_id = o.id AND v.vintage = 1))
WHERE o.submitted_at IS NOT NULL;
UPDATE indicators_narrative SET first_sent_at = submitted_at WHERE submitted_at IS NOT NULL;
"""
_REOPENED = """
UPDATE indicators_obligation SET reopened_for = note WHERE published_at IS NOT NULL AND stage <> 'published';
UPDATE indicators_narrative n SET reopened_for = n.note
WHERE n.stage <> 'published' AND EXISTS (SELECT 1 FROM indicators_narrativetext t WHERE t.narrative_id = n.id);
"""


class Migration(migrations.Migration):
    dependencies = [("indicators", "0005_more_time")]

    operations = [
        migrations.AddField("obligation", "first_sent_at", models.DateTimeField(null=True)),
        migrations.AddField("narrative", "first_sent_at", models.DateTimeField(null=True)),
        migrations.AddField("obligation", "reopened_for", models.CharField(blank=True, max_length=1000)),
        migrations.AddField("narrative", "reopened_for", models.CharField(blank=True, max_length=1000)),
        migrations.RunSQL([_FIRST_SENT, _REOPENED], migrations.RunSQL.noop),
    ]
