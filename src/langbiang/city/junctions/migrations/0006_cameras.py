import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("junctions", "0005_replays")]
    operations = [
        migrations.CreateModel(
            name="CameraCalibration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("zone", models.CharField(max_length=20)),
                ("number", models.PositiveIntegerField()),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("points", models.JSONField()),
                ("error_m", models.DecimalField(decimal_places=3, max_digits=6)),
                ("slip_m", models.DecimalField(decimal_places=3, max_digits=6)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("made_by_id", models.BigIntegerField()),
                ("made_by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("junction", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="calibrations", to="junctions.junction")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("junction", "zone", "number"), name="junctions_calibration_number"),
                    models.CheckConstraint(condition=Q(("error_m__gte", 0), ("slip_m__gte", 0)), name="junctions_calibration_error"),
                ],
            },
        ),
    ]
