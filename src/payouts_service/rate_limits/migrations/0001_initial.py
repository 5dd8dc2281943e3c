"""The counters. Unlogged, so that counting costs no write to disk; half-empty pages keep an update in its page."""

from django.db import migrations, models

STORAGE = """
ALTER TABLE rate_limits_window SET UNLOGGED;
ALTER TABLE rate_limits_window SET (fillfactor = 50);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Window",
            fields=[
                (
                    "subject",
                    models.TextField(
                        help_text="A key's id, or the keyed hash of an address.", primary_key=True, serialize=False
                    ),
                ),
                ("started_at", models.DateTimeField(help_text="PostgreSQL's time.")),
                ("taken", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
