"""Events are added and read; PostgreSQL refuses every other statement, also the owner's."""

from __future__ import annotations

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events_event
    FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();
"""


class Migration(migrations.Migration):
    """One trigger a statement: an INSERT, the only one allowed, does not fire it."""

    dependencies = [("events", "0001_initial")]

    operations = [migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop)]
