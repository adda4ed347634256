import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('junctions', '0004_signal_measures'),
    ]

    operations = [
        migrations.AddField(
            model_name='flow',
            name='source',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='proofofgain',
            name='figures',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='proofofgain',
            name='source',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.CreateModel(
            name='Replay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('none', 'None')], default='waiting', max_length=8)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('details', models.JSONField(default=dict)),
                ('from_hour', models.PositiveSmallIntegerField()),
                ('until_hour', models.PositiveSmallIntegerField()),
                ('seeds', models.PositiveSmallIntegerField()),
                ('asked_by', models.CharField(max_length=200)),
                ('asked_at', models.DateTimeField()),
                ('told_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('runs_done', models.PositiveIntegerField(default=0)),
                ('runs', models.PositiveIntegerField(default=0)),
                ('outcome', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('from_hour__lt', models.F('until_hour')), ('until_hour__lte', 24)), name='junctions_replay_hours'), models.CheckConstraint(condition=models.Q(('seeds__gte', 2)), name='junctions_replay_seeds'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'none'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='junctions_replay_reason')],
            },
        ),
        migrations.CreateModel(
            name='Street',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('arm_a', models.CharField(max_length=20)),
                ('arm_b', models.CharField(max_length=20)),
                ('length_m', models.PositiveIntegerField()),
                ('speed_kmh', models.PositiveSmallIntegerField()),
                ('source', models.CharField(max_length=300)),
                ('verified', models.BooleanField(default=False)),
                ('junction_a', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='junctions.junction')),
                ('junction_b', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='junctions.junction')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('junction_a', 'arm_a'), name='junctions_street_from_once'), models.UniqueConstraint(fields=('junction_b', 'arm_b'), name='junctions_street_to_once'), models.CheckConstraint(condition=models.Q(('junction_a', models.F('junction_b')), _negated=True), name='junctions_street_of_two'), models.CheckConstraint(condition=models.Q(('length_m__gte', 50), ('speed_kmh__gte', 5)), name='junctions_street_length')],
            },
        ),
    ]
