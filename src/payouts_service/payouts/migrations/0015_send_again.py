"""An index that finds what is sent again and what is asked after apart: neither claim passes over the other's.

The one that it replaces is younger than the last release, which asks by ``attempt_due``; so it may go at once.
"""

from django.db import migrations, models

from payouts_service.payouts.indexes import AddIndexAnew, RemoveIndexInPassing


class Migration(migrations.Migration):
    """Not atomic: an index made concurrently cannot be."""

    atomic = False
    dependencies = [("payouts", "0014_their_reference")]

    operations = [
        AddIndexAnew(
            "payoutattempt",
            models.Index(
                fields=["connector", "sends_again", "next_inquiry_at", "id"],
                condition=models.Q(("next_inquiry_at__isnull", False)),
                name="attempt_to_ask_or_send",
            ),
        ),
        RemoveIndexInPassing("payoutattempt", "attempt_to_ask"),
    ]
