"""Whether the ledger holds a payout's amount, and how much of it came back.

The release before this one names neither column, so PostgreSQL gives them their defaults. It also moves payouts without
moving money; the sweep finds those by the index of migration 0009 and gives the ledger its entries, as it does with the
payouts that were in ``processing`` when this ran.
"""

from django.db import migrations, models

COLUMNS = """
ALTER TABLE payouts_payout
    ADD COLUMN held boolean NOT NULL DEFAULT false,
    ADD COLUMN returned_amount numeric(19, 4) NOT NULL DEFAULT 0;
"""
CHECKS = """
ALTER TABLE payouts_payout ADD CONSTRAINT payout_returned_at_most_what_was_paid
    CHECK (returned_amount >= 0 AND returned_amount <= CASE status WHEN 'completed' THEN amount ELSE 0 END) NOT VALID;
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0007_held_back"), ("ledger", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(COLUMNS, migrations.RunSQL.noop),
                migrations.RunSQL(CHECKS, migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AddField(
                    model_name="payout",
                    name="held",
                    field=models.BooleanField(
                        default=False, help_text="The ledger holds its amount: exactly while in processing."
                    ),
                ),
                migrations.AddField(
                    model_name="payout",
                    name="returned_amount",
                    field=models.DecimalField(
                        decimal_places=4,
                        default=0,
                        help_text="The sum of its returns; PostgreSQL lets it be no more.",
                        max_digits=19,
                    ),
                ),
            ],
        ),
    ]
