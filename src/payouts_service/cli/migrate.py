"""`payouts migrate`: bring the database to this release, as its owner, and give the runtime role its rights."""

from __future__ import annotations

from typing import Any, Final

import click

from payouts_service.cli.database import refused, set_up_django
from payouts_service.cli.output import JSON, examples, print_json

# The runtime role may add to these and read them, and nothing else.
APPEND_ONLY: Final = frozenset(
    {
        "events_event",
        "idempotency_idempotencykey",
        "ledger_adjustment",
        "ledger_entry",
        "ledger_topup",
        "payouts_exchange",
        "payouts_decision",
        "payouts_callback",
        "payouts_return",
    }
)
# In these it may change this one column as well: a new key seals it anew, and erasure empties it.
CHANGEABLE: Final = {"payouts_callback": "body_sealed"}
READ_ONLY: Final = frozenset({"django_migrations"})


@click.command(epilog=examples("payouts migrate", "MIGRATION_DATABASE_URL_FILE=/etc/payouts/owner payouts migrate"))
@JSON
def migrate(*, as_json: bool) -> None:
    """Apply the migrations as the owner (MIGRATION_DATABASE_URL), then grant the runtime role its rights.

    Safe to run again, and while the release before this one is still serving.
    """
    set_up_django()

    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.recorder import MigrationRecorder
    from psycopg.conninfo import conninfo_to_dict

    if settings.MIGRATION_DATABASE_URL is not None:
        owner = conninfo_to_dict(settings.MIGRATION_DATABASE_URL)
        for name, part in (("NAME", "dbname"), ("USER", "user"), ("PASSWORD", "password"), ("HOST", "host")):
            connection.settings_dict[name] = owner.pop(part, "")
        connection.settings_dict["PORT"] = str(owner.pop("port", ""))
        connection.settings_dict["OPTIONS"].update(owner)
    # A migration may wait for a lock and work longer than a request may.
    connection.settings_dict["OPTIONS"]["options"] = "-c lock_timeout=10s"
    try:
        before = MigrationRecorder(connection).applied_migrations().keys()
        call_command("migrate", interactive=False, verbosity=0 if as_json else 1)
        applied = MigrationRecorder(connection).applied_migrations().keys() - before
        grant(settings.RUNTIME_ROLE)
    except DatabaseError as error:
        setting = "DATABASE_URL" if settings.MIGRATION_DATABASE_URL is None else "MIGRATION_DATABASE_URL"
        raise refused(error, setting=setting, otherwise=f"Does {setting} name the owner of the tables?") from error
    if as_json:
        print_json({"applied": sorted(f"{package}.{name}" for package, name in applied)})


def grant(role: str) -> None:
    """Give the runtime role exactly what it needs on every table; does nothing where it owns them itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT tableowner, current_user FROM pg_tables WHERE tablename = 'django_migrations'")
        owner, current = cursor.fetchone()
        if current != owner:
            raise click.ClickException(
                f"{current} does not own the tables; set MIGRATION_DATABASE_URL to {owner}'s URL."
            )
        if owner == role:
            click.echo(f"The role {role} owns the tables; give the service a role of its own in production.", err=True)
            return
        _grant(cursor, "USAGE ON SCHEMA public", role)
        for table in connection.introspection.table_names(cursor):
            _grant(cursor, f"{_rights(table)} ON {connection.ops.quote_name(table)}", role)
            if column := CHANGEABLE.get(table):
                _grant(cursor, f"UPDATE ({column}) ON {connection.ops.quote_name(table)}", role)
        _grant(cursor, "USAGE ON ALL SEQUENCES IN SCHEMA public", role)


def _rights(table: str) -> str:
    if table in READ_ONLY:
        return "SELECT"
    return "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"


def _grant(cursor: Any, what: str, role: str) -> None:
    from django.db import connection

    cursor.execute(f"GRANT {what} TO {connection.ops.quote_name(role)}")
