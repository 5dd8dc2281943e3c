"""Adjustments: what an operator takes from an account that is not its tenant's to pay out."""

import django.db.models.deletion
from django.db import migrations, models

import payouts_service.kit.ids


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=payouts_service.kit.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("currency", models.TextField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                ("external_id", models.TextField()),
                ("reason", models.TextField()),
                ("created_at", models.DateTimeField()),
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
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.UniqueConstraint(fields=("tenant", "external_id"), name="adjustment_external_id_once"),
        ),
        migrations.RunSQL(
            "ALTER TABLE ledger_adjustment ADD CONSTRAINT adjustment_amount_positive CHECK (amount > 0)",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.TextField(help_text="top_up, adjustment, hold, post, void, return or fee"),
        ),
        migrations.AlterField(
            model_name="entry",
            name="subject_id",
            field=models.UUIDField(
                help_text="What the money moved for: a payout, an attempt, a top-up, an adjustment or a return."
            ),
        ),
    ]
