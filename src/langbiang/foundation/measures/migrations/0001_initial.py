from django.db import migrations, models

BOOK = """
CREATE TABLE measures_fact (
    part_id integer NOT NULL,
    agency_id bigint NOT NULL,
    at timestamptz NOT NULL,
    record_id bigint NOT NULL,
    amount bigint NOT NULL,
    mix_id bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz,
    CHECK (known_to > known_from)
) PARTITION BY RANGE (at);
CREATE INDEX measures_fact_record ON measures_fact (record_id, part_id) WHERE known_to IS NULL;
CREATE INDEX measures_fact_agency ON measures_fact (part_id, agency_id, at) INCLUDE (amount, mix_id)
    WHERE known_to IS NULL;
CREATE INDEX measures_fact_moment ON measures_fact (part_id, at) INCLUDE (agency_id, amount, mix_id)
    WHERE known_to IS NULL;
CREATE INDEX measures_fact_closed ON measures_fact (part_id, known_to) WHERE known_to IS NOT NULL;
CREATE INDEX measures_fact_opened ON measures_fact USING brin (known_from);
INSERT INTO langbiang_partitioned VALUES ('measures_fact', 'year');
SELECT langbiang_ensure_partitions('measures_fact', '2024-01-01', '2029-12-01');
CREATE TABLE measures_fact_default PARTITION OF measures_fact DEFAULT;

-- A contribution is never rewritten and never taken away; only its end becomes known, once.
CREATE FUNCTION measures_fact_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.known_to IS NOT NULL OR NEW.known_to IS NULL
        OR (NEW.part_id, NEW.agency_id, NEW.at, NEW.record_id, NEW.amount, NEW.mix_id, NEW.known_from)
            IS DISTINCT FROM (OLD.part_id, OLD.agency_id, OLD.at, OLD.record_id, OLD.amount, OLD.mix_id, OLD.known_from)
    THEN
        RAISE EXCEPTION 'The book of measures is only added to.' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER measures_fact_stands BEFORE UPDATE OR DELETE ON measures_fact
    FOR EACH ROW EXECUTE FUNCTION measures_fact_stands();

CREATE TABLE measures_day (
    part_id integer NOT NULL, agency_id bigint NOT NULL, day date NOT NULL, amount bigint NOT NULL,
    PRIMARY KEY (part_id, day, agency_id) INCLUDE (amount)
) WITH (fillfactor = 85);
CREATE INDEX measures_day_agency ON measures_day (part_id, agency_id, day) INCLUDE (amount);
CREATE TABLE measures_month (
    part_id integer NOT NULL, agency_id bigint NOT NULL, month date NOT NULL, amount bigint NOT NULL,
    PRIMARY KEY (part_id, month, agency_id) INCLUDE (amount)
) WITH (fillfactor = 85);
CREATE INDEX measures_month_agency ON measures_month (part_id, agency_id, month) INCLUDE (amount);
"""
UNDO = """
DROP TABLE measures_month; DROP TABLE measures_day; DROP TABLE measures_fact; DROP FUNCTION measures_fact_stands;
DELETE FROM langbiang_partitioned WHERE name = 'measures_fact';
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("events", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Mix",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("records", models.CharField(max_length=40)),
                ("values", models.JSONField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("records", "values"), name="measures_mix_once")],
            },
        ),
        migrations.CreateModel(
            name="Book",
            fields=[
                ("records", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("built_at", models.DateTimeField()),
                ("moved_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("records", models.CharField(max_length=40)),
                ("record_id", models.BigIntegerField()),
                ("since", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("records", "record_id"), name="measures_waiting_once")
                ],
            },
        ),
        migrations.RunSQL(BOOK, UNDO),
        migrations.CreateModel(
            name="Fact",
            fields=[
                ("part_id", models.IntegerField()),
                ("agency_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("record_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("amount", models.BigIntegerField()),
                ("mix_id", models.BigIntegerField()),
                ("known_from", models.DateTimeField()),
                ("known_to", models.DateTimeField(null=True)),
            ],
            options={"db_table": "measures_fact", "managed": False},
        ),
    ]
