from django.db import migrations

# Row by row, so that a whole month may still be dropped once its retention is over. Rows outside of every month cannot go that
# way: the owner of the tables alone, whose functions keep the retention, removes those that are old.
KEPT = r"""
CREATE FUNCTION junctions_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME LIKE '%\_default' AND OLD.at < now() - interval '30 days'
       AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN OLD;
    END IF;
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
    dependencies = [("junctions", "0010_retention")]
    operations = [migrations.RunSQL(KEPT, BACK)]
