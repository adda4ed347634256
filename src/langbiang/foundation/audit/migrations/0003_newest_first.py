"""What reading the trail needs: newest first, and by kind of act."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_rename_audit_ancho_made_at_5d0f1c_idx_audit_ancho_made_at_001c78_idx")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX audit_entry_at ON audit_entry (at, id);"
            "CREATE INDEX audit_entry_action ON audit_entry (action, at);",
            "DROP INDEX audit_entry_at; DROP INDEX audit_entry_action;",
        )
    ]
