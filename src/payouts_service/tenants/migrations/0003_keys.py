"""Keys rotate and leave events. The version gets a default of PostgreSQL's, since the release before goes on inserting."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_pause")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE tenants_apikey ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version >= 0)",
                    migrations.RunSQL.noop,
                )
            ],
            state_operations=[
                migrations.AddField(
                    "apikey",
                    "version",
                    models.PositiveIntegerField(default=1, help_text="Counts changes; each has its event."),
                )
            ],
        ),
        # A plain index: there are as many keys as people and programs, so it is made in no time.
        migrations.AddIndex("apikey", models.Index(fields=["tenant", "created_at", "id"], name="api_key_page")),
        migrations.CreateModel(
            name="PreviousSecret",
            fields=[
                (
                    "lookup",
                    models.TextField(
                        help_text="As of the key, when this was its secret.", primary_key=True, serialize=False
                    ),
                ),
                (
                    "digest",
                    models.BinaryField(help_text="HMAC-SHA-256 of the whole key as it was, under the pepper."),
                ),
                ("expires_at", models.DateTimeField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="previous_secrets",
                        to="tenants.apikey",
                    ),
                ),
            ],
        ),
    ]
