"""PostgreSQL refuses what the rules refuse: illegal moves, impossible rows.

The triggers' conditions are the table ``lifecycle.MOVES``, frozen as of this migration; a test compares the two. They
stand in WHEN clauses, so that a legal change costs no function call.
"""

from __future__ import annotations

from django.db import migrations

CHECKS = """
ALTER TABLE payouts_payout
    ADD CONSTRAINT payout_status_known CHECK (status IN ('created', 'processing', 'completed', 'failed')),
    ADD CONSTRAINT payout_amount_positive CHECK (amount > 0),
    ADD CONSTRAINT payout_created_has_no_attempt CHECK (status <> 'created' OR attempts = 0),
    ADD CONSTRAINT payout_open_attempt_in_processing CHECK (status = 'processing' OR open_attempt_id IS NULL),
    ADD CONSTRAINT payout_progress_in_processing CHECK ((status = 'processing') = (progress IS NOT NULL)),
    ADD CONSTRAINT payout_failed_says_why CHECK (
        (status = 'failed') = (failure_code IS NOT NULL AND failure_party IS NOT NULL
                               AND failure_message IS NOT NULL AND failure_retryable IS NOT NULL)),
    ADD CONSTRAINT payout_finished_at_its_end CHECK ((status IN ('completed', 'failed')) = (finished_at IS NOT NULL));

ALTER TABLE payouts_payoutattempt
    ADD CONSTRAINT attempt_reference_fits_the_rail CHECK (reference ~ '^[A-Za-z0-9]{1,35}$'),
    ADD CONSTRAINT attempt_closed_is_not_asked_after CHECK (closed_at IS NULL OR next_inquiry_at IS NULL);
"""

TRIGGERS = """
CREATE FUNCTION payouts_refuse_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payouts: % to % is not a move of the state table',
        CASE WHEN TG_OP = 'INSERT' THEN 'nothing' ELSE OLD.status END,
        CASE WHEN TG_OP = 'DELETE' THEN 'nothing' ELSE NEW.status END
        USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER payout_starts_in_created BEFORE INSERT ON payouts_payout FOR EACH ROW
    WHEN (NEW.status <> 'created') EXECUTE FUNCTION payouts_refuse_status();

CREATE TRIGGER payout_moves_by_the_table BEFORE UPDATE OF status ON payouts_payout FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('created', 'processing'), ('created', 'failed'), ('processing', 'completed'), ('processing', 'failed')))
    EXECUTE FUNCTION payouts_refuse_status();

CREATE TRIGGER payout_leaves_only_from_created BEFORE DELETE ON payouts_payout FOR EACH ROW
    WHEN (OLD.status <> 'created') EXECUTE FUNCTION payouts_refuse_status();
"""


class Migration(migrations.Migration):
    """Checks and triggers, as SQL because Django's own form differs between the versions we run on."""

    dependencies = [("payouts", "0001_initial")]

    operations = [
        migrations.RunSQL(CHECKS, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
