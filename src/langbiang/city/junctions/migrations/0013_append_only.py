from django.db import migrations

# Row by row, so that a whole month may still be dropped once its retention is over.
KEPT = """
CREATE FUNCTION junctions_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER junctions_decision_unchanged BEFORE UPDATE OR DELETE ON junctions_decision
    FOR EACH ROW EXECUTE FUNCTION junctions_refuse_change();
CREATE TRIGGER junctions_verdict_unchanged BEFORE UPDATE OR DELETE ON junctions_verdict
    FOR EACH ROW EXECUTE FUNCTION junctions_refuse_change();
"""
BACK = """
DROP TRIGGER junctions_decision_unchanged ON junctions_decision;
DROP TRIGGER junctions_verdict_unchanged ON junctions_verdict;
DROP FUNCTION junctions_refuse_change;
"""


class Migration(migrations.Migration):
    dependencies = [("junctions", "0009_events")]
    operations = [migrations.RunSQL(KEPT, BACK)]
