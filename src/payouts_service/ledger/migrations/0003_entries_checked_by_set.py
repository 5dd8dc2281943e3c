"""That an entry's accounts are of its own tenant and currency, checked once for all entries of a statement.

The foreign keys looked both accounts up for each entry, and locked them again each time, while whoever else pays from
these accounts waits. A foreign key also keeps what it leads to; so accounts may be neither removed nor moved.
"""

from django.db import migrations

GUARDS = """
CREATE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT tenant_id, currency, debit_id AS id FROM added
                      UNION SELECT tenant_id, currency, credit_id FROM added) AS side
         WHERE NOT EXISTS (SELECT FROM ledger_account AS a
                            WHERE a.id = side.id AND a.tenant_id = side.tenant_id AND a.currency = side.currency)
    ) THEN
        RAISE EXCEPTION 'the accounts of an entry are of its own tenant and currency'
              USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_entry_of_chart AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_entries();

CREATE FUNCTION ledger_keep_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'accounts stay where they are: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_account_stays BEFORE UPDATE OF id, tenant_id, currency OR DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_account();

ALTER TABLE ledger_entry
    DROP CONSTRAINT ledger_entry_debit_of_chart,
    DROP CONSTRAINT ledger_entry_credit_of_chart;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_adjustments")]

    operations = [
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="account", name="ledger_account_of_chart"),
    ]
