"""The blind index of recipients' accounts, and what limits need.

The index is empty for rows of before; `payouts reseal` fills it while payouts flow.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payouts", "0009_returns"), ("tenants", "0002_pause")]

    operations = [
        migrations.AddField(
            "payout",
            "recipient_index",
            models.BinaryField(
                help_text="The blind index of the recipient's account; NULL: made before there was one.", null=True
            ),
        ),
        migrations.AddField(
            "payout",
            "claimed_on",
            models.DateField(help_text="The UTC day on which it was claimed, and counts for limits.", null=True),
        ),
        migrations.AddField(
            "payout",
            "possible_duplicate_of",
            models.UUIDField(
                help_text="An earlier payout of the same amount to the same account; for people's information.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="Usage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.TextField()),
                ("day", models.DateField(help_text="Of UTC.")),
                ("payouts", models.IntegerField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=24)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(fields=("tenant", "currency", "day"), name="usage_once_a_day"),
                ),
            },
        ),
        migrations.CreateModel(
            name="TenantLimit",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("rule", models.TextField(help_text="EUR.tenant.day.amount")),
                (
                    "value",
                    models.DecimalField(decimal_places=4, help_text="NULL: no limit.", max_digits=19, null=True),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={"constraints": (models.UniqueConstraint(fields=("tenant", "rule"), name="tenant_limit_once"),)},
        ),
    ]
