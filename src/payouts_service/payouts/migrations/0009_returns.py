"""Returns of money, and when a provider is to be asked what has come back."""

import django.db.models.deletion
from django.db import migrations, models

import payouts_service.kit.ids


class Migration(migrations.Migration):
    dependencies = [("payouts", "0008_held")]

    operations = [
        migrations.CreateModel(
            name="Return",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=payouts_service.kit.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                (
                    "provider_reference",
                    models.TextField(help_text="The provider's or the bank's name for it; the same once."),
                ),
                ("reason", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField()),
                (
                    "payout",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="payouts.payout",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.UniqueConstraint(fields=("payout", "provider_reference"), name="return_once"),
        ),
        migrations.RunSQL(
            "ALTER TABLE payouts_return ADD CONSTRAINT return_amount_positive CHECK (amount > 0)",
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            model_name="payoutattempt",
            name="returns_due_at",
            field=models.DateTimeField(help_text="From when the provider is asked what has come back.", null=True),
        ),
    ]
