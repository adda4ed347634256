"""Which parts of measures a book is complete for: a first filling that was broken off goes on as a first filling."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

# The parts a finished book has sums of are those it is complete for.
FILLED = """
UPDATE measures_book SET parts = ARRAY(SELECT DISTINCT part_id FROM measures_month);
"""


class Migration(migrations.Migration):
    dependencies = [("measures", "0003_learnt")]
    operations = [
        migrations.AddField("book", "parts", ArrayField(models.IntegerField(), default=list)),
        migrations.RunSQL(FILLED, migrations.RunSQL.noop),
    ]
