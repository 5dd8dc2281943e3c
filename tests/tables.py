"""The tables as a whole."""

from __future__ import annotations

import psycopg


def empty_tables(superuser: psycopg.Connection) -> None:
    """Remove every row that the service or a test has written."""
    tables = superuser.execute(
        "SELECT format('DELETE FROM %I', tablename) FROM pg_tables"
        " WHERE schemaname = 'public' AND tablename NOT LIKE 'django%'"
    ).fetchall()
    # As a replica PostgreSQL runs no triggers: the events' refusal of DELETE among them.
    superuser.execute("SET session_replication_role = replica; " + "; ".join(statement for (statement,) in tables))
    superuser.execute("SET session_replication_role = origin")
