"""An index by the provider's own name for a payment: people search by it."""

from django.db import migrations, models

from payouts_service.payouts.indexes import AddIndexAnew


class Migration(migrations.Migration):
    """Not atomic: an index made concurrently cannot be."""

    atomic = False
    dependencies = [("payouts", "0013_submitted_at")]

    operations = [
        AddIndexAnew(
            "payoutattempt",
            models.Index(
                fields=["provider_reference"],
                condition=models.Q(("provider_reference__isnull", False)),
                name="attempt_by_their_reference",
            ),
        ),
    ]
