"""This process's sessions of PostgreSQL: all closed, or all of a database that only reads, as a standby does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg import sql

from payouts_service.database import lent

_ONLY_READS = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
_WRITES = sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only")


@contextmanager
def only_reading(superuser: psycopg.Connection) -> Iterator[None]:
    """Every session of the service that begins in the block only reads, until its own end."""
    database = sql.Identifier(superuser.info.dbname)
    superuser.execute(_ONLY_READS.format(database))
    try:
        close_connections()
        yield
    finally:
        superuser.execute(_WRITES.format(database))


def close_connections() -> None:
    """This thread's, and those that threads lend one another."""
    for each in (connection, *lent._free()):  # noqa: SLF001 - they are all free: no test lends one for long.
        each.close()
