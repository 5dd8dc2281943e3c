"""Indexes that find live work whatever PostgreSQL's statistics say; one that no query could use goes.

``payout_blocked`` was for ``blockers @> '{paused}'``, which PostgreSQL cannot prove to exclude empty ``blockers``.
"""

from django.db import migrations, models

from payouts_service.payouts.indexes import AddIndexAnew, RemoveIndexInPassing


class Migration(migrations.Migration):
    """Not atomic: an index made concurrently cannot be."""

    atomic = False
    dependencies = [("payouts", "0011_indexes")]

    operations = [
        AddIndexAnew(
            "payout",
            models.Index(
                fields=["tenant", "ready_at", "id"],
                condition=models.Q(("blockers__contains", ["paused"]), ("status", "created")),
                name="payout_paused",
            ),
        ),
        AddIndexAnew(
            "payoutattempt",
            models.Index(
                fields=["connector", "next_inquiry_at", "id"],
                condition=models.Q(("next_inquiry_at__isnull", False)),
                name="attempt_to_ask",
            ),
        ),
        RemoveIndexInPassing("payout", "payout_blocked"),
    ]
