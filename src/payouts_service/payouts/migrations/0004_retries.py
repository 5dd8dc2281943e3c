"""The index and the check of refusals that are tried again, made without holding up those who write."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

CHECKS = """
ALTER TABLE payouts_payout
    ADD CONSTRAINT payout_retrying_says_when CHECK (
        (progress IS NOT DISTINCT FROM 'retrying') = (next_attempt_at IS NOT NULL)) NOT VALID,
    ADD CONSTRAINT payout_retrying_has_no_open_attempt CHECK (
        progress IS DISTINCT FROM 'retrying' OR open_attempt_id IS NULL) NOT VALID;
ALTER TABLE payouts_payout VALIDATE CONSTRAINT payout_retrying_says_when;
ALTER TABLE payouts_payout VALIDATE CONSTRAINT payout_retrying_has_no_open_attempt;
"""


class Migration(migrations.Migration):
    """Not atomic: an index made concurrently cannot be."""

    atomic = False
    dependencies = [("payouts", "0003_outcomes")]

    operations = [
        AddIndexConcurrently(
            "payout",
            models.Index(
                fields=["connector", "next_attempt_at", "id"],
                condition=models.Q(progress="retrying"),
                name="payout_retry",
            ),
        ),
        migrations.RunSQL(CHECKS, migrations.RunSQL.noop),
    ]
