"""What all processes share about a connector, and what a lease is for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payouts", "0005_callbacks"), ("tenants", "0002_pause")]

    operations = [
        migrations.CreateModel(
            name="ConnectorState",
            fields=[
                ("connector", models.TextField(primary_key=True, serialize=False)),
                (
                    "paused_at",
                    models.DateTimeField(help_text="Since when nothing is submitted, by a person's word.", null=True),
                ),
                ("paused_by", models.TextField(blank=True, default="")),
                ("pause_reason", models.TextField(blank=True, default="")),
                (
                    "failures",
                    models.PositiveIntegerField(
                        default=0, help_text="Submissions in a row of which nobody knows the end."
                    ),
                ),
                (
                    "openings",
                    models.PositiveIntegerField(
                        default=0, help_text="How often in a row it was found ill; pauses grow with it."
                    ),
                ),
                (
                    "ill_until",
                    models.DateTimeField(help_text="Ill; from then on one submission at a time tries it.", null=True),
                ),
                (
                    "tokens",
                    models.FloatField(default=0, help_text="Calls that the rate limit allows at ``tokens_at``."),
                ),
                ("tokens_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            "payoutattempt",
            "leased_for",
            models.TextField(help_text="submit or inquire", null=True),
        ),
    ]
