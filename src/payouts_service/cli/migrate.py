"""`payouts migrate`: bring the database to this release, as its owner, and give the runtime role its rights."""

from __future__ import annotations

from typing import Final

import click

# The runtime role may add to these and read them, and nothing else.
APPEND_ONLY: Final = frozenset({"events_event", "idempotency_idempotencykey"})
READ_ONLY: Final = frozenset({"django_migrations"})


@click.command()
def migrate() -> None:
    """Apply the migrations as the owner (MIGRATION_DATABASE_URL), then grant the runtime role its rights.

    Safe to run again, and while the release before this one is still serving.
    """
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import OperationalError, connection
    from psycopg.conninfo import conninfo_to_dict

    django.setup()
    if settings.MIGRATION_DATABASE_URL is not None:
        owner = conninfo_to_dict(settings.MIGRATION_DATABASE_URL)
        connection.settings_dict.update(
            {
                "NAME": owner["dbname"],
                "USER": owner["user"],
                "PASSWORD": owner.get("password", ""),
                "HOST": owner.get("host", ""),
                "PORT": str(owner.get("port", "")),
            }
        )
    # A migration may wait for a lock and work longer than a request may.
    connection.settings_dict["OPTIONS"]["options"] = "-c lock_timeout=10s"
    try:
        call_command("migrate", interactive=False)
        grant(settings.RUNTIME_ROLE)
    except OperationalError as error:
        raise click.ClickException(f"the database refused: {str(error).strip().splitlines()[0]}") from error


def grant(role: str) -> None:
    """Give the runtime role exactly what it needs on every table; does nothing where it owns them itself."""
    from django.db import connection
    from psycopg import sql

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == role:
            click.echo(f"The role {role} owns the tables; give the service a role of its own in production.")
            return
        name = sql.Identifier(role)
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name).as_string(connection.connection))
        for table in connection.introspection.table_names(cursor):
            if table in READ_ONLY:
                rights = "SELECT"
            elif table in APPEND_ONLY:
                rights = "SELECT, INSERT"
            else:
                rights = "SELECT, INSERT, UPDATE, DELETE"
            statement = sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), sql.Identifier(table), name)
            cursor.execute(statement.as_string(connection.connection))
        sequences = sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(name)
        cursor.execute(sequences.as_string(connection.connection))
