"""Statements of the hot paths: parsed and planned once on each connection, and sent in one round trip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


def fetch(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that the statement brings; its text never holds a value of a request.

    Outside a transaction it commits by itself. Values are bound by PostgreSQL, which infers their types: cast where it
    cannot. Raises Django's database errors.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        execute: Callable[..., Any] = partial(_execute, cursor)
        for wrapper in connection.execute_wrappers:  # Django's door for whoever looks at statements.
            execute = partial(wrapper, execute)
        execute(statement, parameters, False, {"connection": connection, "cursor": cursor})  # noqa: FBT003 - Django's signature.
        return cursor.fetchall()


def _execute(cursor: psycopg.Cursor, statement: str, parameters: Mapping[str, Any], *_: object) -> None:
    cursor.execute(statement, parameters, prepare=True)
