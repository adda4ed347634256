"""What was learnt since a moment is found by figure: a book as known then takes as long as what came since, not more."""

from django.db import migrations

FORWARD = """
CREATE INDEX measures_fact_learnt ON measures_fact (part_id, known_from);
DROP INDEX measures_fact_opened;
"""
BACK = """
CREATE INDEX measures_fact_opened ON measures_fact USING brin (known_from);
DROP INDEX measures_fact_learnt;
"""


class Migration(migrations.Migration):
    dependencies = [("measures", "0002_analysis")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
