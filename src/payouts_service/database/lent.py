"""Connections that the threads of a process lend one another for a statement, the one that was used last first.

A session of PostgreSQL that has just run a statement has its plans, tables and memory at hand. Were each thread to use
a connection of its own in turn, all of their sessions would be cold.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final, cast

import structlog
from django.db import DEFAULT_DB_ALIAS, InternalError, NotSupportedError, OperationalError, connections

from payouts_service.database.base import DatabaseWrapper

_MOST: Final = 2  # One for creates, which are written one set after the other, and one for who calls.

_log = structlog.get_logger(__name__)


def own() -> DatabaseWrapper:
    """This thread's connection, made anew where there is none or it has died. Raises OperationalError."""
    return _alive(cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS]))


@contextmanager
def lent() -> Iterator[DatabaseWrapper]:
    """A connection for one statement that commits by itself; the thread's own where none is free or can be made.

    Raises OperationalError where that cannot be made either.
    """
    connection = _taken()
    if connection is None:
        yield own()
        return
    try:
        yield connection
    except (InternalError, NotSupportedError):  # As of a server that only reads: the next may reach another.
        connection.close()
        raise
    finally:
        _free().append(connection)


def _taken() -> DatabaseWrapper | None:
    free = _free()
    try:
        connection = free.pop()
    except IndexError:
        return None
    try:
        connection.close_if_unusable_or_obsolete()  # As Django does with a thread's own when a request begins.
        return _alive(connection)
    except Exception as error:
        free.append(connection)
        if not isinstance(error, OperationalError):
            raise
        _log.warning("no_connection_to_lend", exc_info=True)
        return None


@cache
def _free() -> list[DatabaseWrapper]:
    made = [cast("DatabaseWrapper", connections.create_connection(DEFAULT_DB_ALIAS)) for _ in range(_MOST)]
    for connection in made:
        connection.inc_thread_sharing()
    return made


def _alive(connection: DatabaseWrapper) -> DatabaseWrapper:
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    return connection


os.register_at_fork(after_in_child=_free.cache_clear)  # Two processes must not speak by one connection.
