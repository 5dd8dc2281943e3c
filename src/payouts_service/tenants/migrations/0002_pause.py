"""A tenant may be paused. The version gets a default of PostgreSQL's, since the release before goes on inserting."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.AddField(
            "tenant",
            "paused_at",
            models.DateTimeField(help_text="Since when nothing of it is submitted, by a person's word.", null=True),
        ),
        migrations.AddField("tenant", "paused_by", models.TextField(null=True)),
        migrations.AddField("tenant", "pause_reason", models.TextField(null=True)),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE tenants_tenant ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version >= 0)",
                    "ALTER TABLE tenants_tenant DROP COLUMN version",
                )
            ],
            state_operations=[
                migrations.AddField(
                    "tenant",
                    "version",
                    models.PositiveIntegerField(default=1, help_text="Counts changes; each has its event."),
                )
            ],
        ),
    ]
