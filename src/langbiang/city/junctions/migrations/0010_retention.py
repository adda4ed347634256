import django.db.models.deletion
from django.db import migrations, models

# The web and the worker own no table. What they may drop of these logs are whole months, and never the last one.
DROP = """
CREATE FUNCTION junctions_drop_log(log text, before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    child text;
    dropped integer := 0;
BEGIN
    IF log NOT IN ('junctions_decision', 'junctions_verdict') THEN
        RAISE EXCEPTION 'nothing of % is dropped', log;
    END IF;
    IF before > now() - interval '30 days' THEN
        RAISE EXCEPTION 'the log of the last 30 days is not dropped';
    END IF;
    FOR child IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = log::regclass AND c.relname ~ ('^' || log || '_[0-9]{6}$')
    LOOP
        IF (to_date(right(child, 6), 'YYYYMM') + interval '1 month')::timestamp AT TIME ZONE 'UTC' <= before THEN
            EXECUTE format('DROP TABLE %I', child);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    EXECUTE format('DELETE FROM %I WHERE at < $1', log || '_default') USING before;
    RETURN dropped;
END $$;
COMMENT ON FUNCTION junctions_drop_log IS 'Drops the months of decisions or verdicts that ended before an instant.';
"""
# Whose the runs of before are: theirs who run the first junction on the way. Requests alive now stay used up.
WHOSE = """
UPDATE junctions_priorityrun r SET agency_id = (
    SELECT j.agency_id FROM junctions_prioritypassage p JOIN junctions_junction j ON j.id = p.junction_id
    WHERE p.run_id = r.id ORDER BY p.number LIMIT 1
);
INSERT INTO junctions_prioritycall (account_id, vehicle, sequence, issued_at, expires_at)
    SELECT coalesce(asked_by_id, 0), vehicle, max(sequence), max(asked_at), max(expires_at) FROM junctions_priorityrun
    WHERE is_by_machine AND expires_at > now() GROUP BY 1, 2;
"""


class Migration(migrations.Migration):
    dependencies = [("junctions", "0009_events"), ("organizations", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="flow", name="counts", field=models.PositiveSmallIntegerField(db_default=1, default=1)
        ),
        migrations.AddIndex(
            model_name="flow", index=models.Index(fields=["begun_at", "id"], name="junctions_flow_begun")
        ),
        migrations.CreateModel(
            name="FlowDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("counts", models.PositiveIntegerField()),
                ("rows", models.PositiveIntegerField()),
                ("done_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(DROP, "DROP FUNCTION junctions_drop_log;"),
        migrations.CreateModel(
            name="PriorityCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.BigIntegerField()),
                ("vehicle", models.CharField(max_length=40)),
                ("sequence", models.BigIntegerField()),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "vehicle"), name="junctions_newest_call_of_a_vehicle")
                ],
            },
        ),
        migrations.AddField(
            model_name="priorityrun",
            name="agency",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organizations.agency"
            ),
        ),
        migrations.RemoveConstraint(model_name="priorityrun", name="junctions_one_run_a_vehicle"),
        migrations.AddConstraint(
            model_name="priorityrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("agency", "vehicle"), name="junctions_one_run_a_vehicle",
                nulls_distinct=False,
            ),
        ),
        migrations.RunSQL(WHOSE, migrations.RunSQL.noop),
    ]
