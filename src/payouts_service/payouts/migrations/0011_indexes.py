"""The indexes of money, of recipients and of limits, apart from the columns: so a run that was broken off goes on."""

from django.db import migrations, models
from django.db.models import F

from payouts_service.payouts.indexes import AddIndexAnew


class Migration(migrations.Migration):
    """Not atomic: an index made concurrently cannot be, and a check is validated apart from its creation."""

    atomic = False
    dependencies = [("payouts", "0010_recipients_and_limits")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE payouts_payout VALIDATE CONSTRAINT payout_returned_at_most_what_was_paid",
            migrations.RunSQL.noop,
        ),
        AddIndexAnew(
            "payout",
            models.Index(
                fields=["tenant", "currency", "ready_at", "id"],
                condition=models.Q(("blockers__contains", ["funds"]), ("status", "created")),
                name="payout_without_funds",
            ),
        ),
        AddIndexAnew(
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
        AddIndexAnew(
            "payoutattempt",
            models.Index(
                fields=["connector", "returns_due_at", "id"],
                condition=models.Q(("returns_due_at__isnull", False)),
                name="attempt_returns_due",
            ),
        ),
        AddIndexAnew(
            "payout",
            models.Index(
                F("tenant"),
                F("recipient_index"),
                F("created_at").desc(),
                F("id").desc(),
                condition=models.Q(recipient_index__isnull=False),
                name="payout_by_recipient",
            ),
        ),
        AddIndexAnew(
            "payout",
            models.Index(
                fields=["tenant", "recipient_index", "claimed_on"],
                condition=models.Q(claimed_on__isnull=False, recipient_index__isnull=False),
                name="payout_claimed_for",
            ),
        ),
        AddIndexAnew(
            "payout",
            models.Index(
                fields=["ready_at", "id"],
                condition=models.Q(("blockers__contains", ["limit"]), ("status", "created")),
                name="payout_limited",
            ),
        ),
    ]
