"""The indexes of what is in flight, what is held back, and what callbacks are about, made without holding up those who write."""

from django.db import migrations, models

from payouts_service.payouts.indexes import AddIndexAnew


class Migration(migrations.Migration):
    """Not atomic: an index made concurrently cannot be."""

    atomic = False
    dependencies = [("payouts", "0006_connector_state")]

    operations = [
        AddIndexAnew(
            "payout",
            models.Index(
                fields=["tenant", "ready_at", "id"],
                condition=models.Q(("status", "created"), models.Q(("blockers", []), _negated=True)),
                name="payout_blocked",
            ),
        ),
        AddIndexAnew(
            "payoutattempt",
            models.Index(
                fields=["connector", "lease_until", "leased_for"],
                condition=models.Q(lease_until__isnull=False),
                name="attempt_in_flight",
            ),
        ),
        AddIndexAnew("callback", models.Index(fields=["connector", "reference", "received_at"], name="callback_about")),
    ]
