"""Outcomes in full: what was answered, when to ask or send again, and refusals that are tried again.

Columns that may not be NULL get a default of PostgreSQL's, which Django would drop: the release before this one goes on
inserting rows that do not name them.
"""

import django.db.models.deletion
from django.db import migrations, models

COLUMNS = """
ALTER TABLE payouts_payoutattempt
    ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN acknowledged boolean NOT NULL DEFAULT false,
    ADD COLUMN sends_again boolean NOT NULL DEFAULT false,
    ADD COLUMN inquiries integer NOT NULL DEFAULT 0 CHECK (inquiries >= 0),
    ADD COLUMN not_found integer NOT NULL DEFAULT 0 CHECK (not_found >= 0),
    ADD COLUMN claims integer NOT NULL DEFAULT 1 CHECK (claims >= 0);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0002_guards"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Exchange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("call", models.TextField(help_text="submit or inquire")),
                ("outcome", models.TextField()),
                ("evidence", models.JSONField(default=dict, help_text="What the provider answered, redacted.")),
                (
                    "late",
                    models.BooleanField(
                        default=False, help_text="It came after the attempt was taken or closed by others."
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="payout",
            name="next_attempt_at",
            field=models.DateTimeField(help_text="When a refused payout is tried again.", null=True),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(COLUMNS, migrations.RunSQL.noop)],
            state_operations=[
                migrations.AddField(
                    model_name="payoutattempt",
                    name="metadata",
                    field=models.JSONField(
                        default=dict, help_text="The payout's when it opened: one reference, one request."
                    ),
                ),
                migrations.AddField(
                    model_name="payoutattempt",
                    name="acknowledged",
                    field=models.BooleanField(
                        default=False, help_text="The provider has said that it has the payment."
                    ),
                ),
                migrations.AddField(
                    model_name="payoutattempt",
                    name="claims",
                    field=models.PositiveIntegerField(
                        default=1, help_text="Claims since the last answer; too many park it."
                    ),
                ),
                migrations.AddField(
                    model_name="payoutattempt",
                    name="inquiries",
                    field=models.PositiveIntegerField(
                        default=0, help_text="Answers so far that were no end; makes pauses grow."
                    ),
                ),
                migrations.AddField(
                    model_name="payoutattempt",
                    name="not_found",
                    field=models.PositiveIntegerField(
                        default=0, help_text="How often in a row the provider did not have it."
                    ),
                ),
                migrations.AddField(
                    model_name="payoutattempt",
                    name="sends_again",
                    field=models.BooleanField(
                        default=False, help_text="The next claim submits the same reference again."
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="payoutattempt",
            name="submitted_at",
            field=models.DateTimeField(help_text="The last claim that was to submit it.", null=True),
        ),
        migrations.AlterField(
            model_name="payout",
            name="progress",
            field=models.TextField(
                choices=[
                    ("in_flight", "In Flight"),
                    ("accepted", "Accepted"),
                    ("unknown", "Unknown"),
                    ("retrying", "Retrying"),
                ],
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="exchange",
            name="attempt",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="exchanges", to="payouts.payoutattempt"
            ),
        ),
    ]
