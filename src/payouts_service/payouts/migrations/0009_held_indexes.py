"""The indexes of what waits for funds and of what the ledger has not followed yet, made without holding up those who write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Not atomic: an index made concurrently cannot be, and a check is validated apart from its creation."""

    atomic = False
    dependencies = [("payouts", "0008_held")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE payouts_payout VALIDATE CONSTRAINT payout_returned_at_most_what_was_paid",
            migrations.RunSQL.noop,
        ),
        AddIndexConcurrently(
            "payout",
            models.Index(
                fields=["tenant", "currency", "amount"],
                condition=models.Q(("blockers__contains", ["funds"]), ("status", "created")),
                name="payout_without_funds",
            ),
        ),
        AddIndexConcurrently(
            "payout",
            models.Index(
                fields=["id"],
                condition=models.Q(
                    models.Q(("finished_at__isnull", False), ("held", True)),
                    models.Q(("held", False), ("status", "processing")),
                    _connector="OR",
                ),
                name="payout_out_of_step",
            ),
        ),
    ]
