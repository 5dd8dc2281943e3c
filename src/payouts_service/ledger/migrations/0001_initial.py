"""Accounts, entries and top-ups, and what PostgreSQL refuses about them, also to the owner.

An entry's two accounts are of its own tenant and currency: its foreign keys say so, with columns of the entry beside the
account's id.
"""

import django.db.models.deletion
from django.db import migrations, models

import payouts_service.kit.ids

GUARDS = """
ALTER TABLE ledger_account
    ADD CONSTRAINT ledger_account_kind_known
        CHECK (kind IN ('funding', 'available', 'held', 'paid_out', 'returned', 'fees')),
    ADD CONSTRAINT ledger_account_within_limit CHECK (balance >= least_balance);

ALTER TABLE ledger_entry
    ADD CONSTRAINT ledger_entry_amount_positive CHECK (amount > 0),
    ADD CONSTRAINT ledger_entry_moves CHECK (debit_id <> credit_id),
    ADD CONSTRAINT ledger_entry_debit_of_chart
        FOREIGN KEY (debit_id, tenant_id, currency) REFERENCES ledger_account (id, tenant_id, currency),
    ADD CONSTRAINT ledger_entry_credit_of_chart
        FOREIGN KEY (credit_id, tenant_id, currency) REFERENCES ledger_account (id, tenant_id, currency);

-- Of each kind a subject has one entry, and a hold ends once: by a post or by a void.
CREATE UNIQUE INDEX ledger_entry_once
    ON ledger_entry (subject_id, (CASE kind WHEN 'void' THEN 'post' ELSE kind END));

ALTER TABLE ledger_topup ADD CONSTRAINT top_up_amount_positive CHECK (amount > 0);

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0002_pause"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=payouts_service.kit.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("currency", models.TextField()),
                ("kind", models.TextField()),
                ("balance", models.DecimalField(decimal_places=4, default=0, max_digits=28)),
                (
                    "least_balance",
                    models.DecimalField(
                        decimal_places=4,
                        help_text="PostgreSQL lets it fall no lower. NULL: it may.",
                        max_digits=28,
                        null=True,
                    ),
                ),
                (
                    "fails_without_funds",
                    models.BooleanField(
                        default=False, help_text="A payout that does not fit fails at once; else it waits."
                    ),
                ),
                (
                    "limited_since",
                    models.DateTimeField(help_text="When ``least_balance`` became what it is.", null=True),
                ),
                (
                    "version",
                    models.PositiveIntegerField(
                        default=1, help_text="Counts changes of the policy; each has its event."
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("tenant_id", models.UUIDField()),
                ("currency", models.TextField()),
                ("kind", models.TextField(help_text="top_up, hold, post, void, return or fee")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                (
                    "debit_balance",
                    models.DecimalField(decimal_places=4, help_text="Of the debit account, after it.", max_digits=28),
                ),
                (
                    "credit_balance",
                    models.DecimalField(decimal_places=4, help_text="Of the credit account, after it.", max_digits=28),
                ),
                (
                    "subject_id",
                    models.UUIDField(help_text="What the money moved for: a payout, an attempt, a top-up or a return."),
                ),
                ("at", models.DateTimeField()),
                (
                    "credit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
                    ),
                ),
                (
                    "debit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TopUp",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=payouts_service.kit.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("currency", models.TextField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                ("external_id", models.TextField(null=True)),
                ("comment", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(fields=("tenant", "currency", "kind"), name="ledger_account_once"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(fields=("id", "tenant", "currency"), name="ledger_account_of_chart"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["debit", "at", "id"], name="ledger_entry_debits"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["credit", "at", "id"], name="ledger_entry_credits"),
        ),
        migrations.AddConstraint(
            model_name="topup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id__isnull", False)),
                fields=("tenant", "external_id"),
                name="top_up_external_id_once",
            ),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
