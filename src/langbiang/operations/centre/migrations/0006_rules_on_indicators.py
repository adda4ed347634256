"""A rule of alerts may name an indicator instead of a measure; an alert on one keeps the period it is about."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("centre", "0005_whose_note")]
    operations = [
        migrations.AlterField(model_name="alertrule", name="measure", field=models.CharField(blank=True, default="", max_length=80)),
        migrations.AddField(
            model_name="alertrule", name="indicator", field=models.CharField(blank=True, db_default="", default="", max_length=30)
        ),
        migrations.AddField(
            model_name="alertrule",
            name="level",
            field=models.CharField(choices=[("unit", "Unit"), ("province", "Province")], db_default="unit", default="unit", max_length=8),
        ),
        migrations.AddField(
            model_name="alert", name="period", field=models.CharField(blank=True, db_default="", default="", max_length=12)
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=(~Q(measure="") & Q(indicator="")) | (Q(measure="") & ~Q(indicator="")), name="centre_rule_names_one_figure"
            ),
        ),
    ]  # fmt: skip
