"""Statements of the hot paths: parsed and planned once on each connection, and sent in one round trip.

Values are bound by PostgreSQL, which infers their types: cast where it cannot. No text holds a value of a request.
Outside a transaction each commits by itself. All raise Django's database errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model
from django.db.utils import DataError
from pydantic_core import to_json

from payouts_service.database.base import DatabaseWrapper
from payouts_service.database.lent import own

Row = TypeVar("Row", bound=Model)
Answer = TypeVar("Answer")


def fetch(statement: str, parameters: Mapping[str, Any], *, by: DatabaseWrapper | None = None) -> list[tuple[Any, ...]]:
    """The rows that the statement brings, ``by`` this connection or the thread's own."""
    return _executed(by or own(), statement, parameters, psycopg.Cursor.fetchall)


def run(statement: str, parameters: Mapping[str, Any]) -> int:
    """How many rows the statement wrote."""
    return _executed(own(), statement, parameters, _rows_written)


def load(model: type[Row], rest: str, parameters: Mapping[str, Any]) -> list[Row]:
    """The model's rows that ``rest`` chooses: all that follows FROM and the table."""
    connection = connections[DEFAULT_DB_ALIAS]
    statement, columns, converters = _selection(model, rest)
    loaded = []
    for row in fetch(statement, parameters):
        values = list(row)
        for number, convert in converters:
            values[number] = convert(values[number], None, connection)
        loaded.append(model.from_db(DEFAULT_DB_ALIAS, columns, values))
    return loaded


def row_of(model: type[Row], values: Mapping[str, Any]) -> Row:
    """The object of a row that a statement writes, its columns by name; the others have the defaults of their fields.

    Half the time of calling the model, which looks for each field among its arguments. Raises TypeError, as the model
    does, for a name that it does not have.
    """
    names, fixed, made = _defaults(model)
    given = {**fixed, **values}
    for name, make in made.items():
        if name not in values:
            given[name] = make()
    if unknown := given.keys() - set(names):
        raise TypeError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
    return model.from_db(DEFAULT_DB_ALIAS, names, [given[name] for name in names])


@cache
def _defaults(model: type[Model]) -> tuple[list[str], dict[str, Any], dict[str, Callable[[], Any]]]:
    """The names of the model's columns, the defaults that are the same for all rows, and those made for each."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented door.
    made = {field.attname: field.default for field in fields if field.has_default() and callable(field.default)}
    fixed = {field.attname: field.get_default() for field in fields if field.attname not in made}
    return [field.attname for field in fields], fixed, made


@cache
def _selection(model: type[Model], rest: str) -> tuple[str, list[str], list[tuple[int, Callable[..., Any]]]]:
    """The statement, the names of the model's fields in its order, and what values of some columns are read with."""
    table, fields = model._meta.db_table, model._meta.concrete_fields  # noqa: SLF001 - Django's documented door.
    converters = [
        (number, convert)
        for number, field in enumerate(fields)
        for convert in field.get_db_converters(connections[DEFAULT_DB_ALIAS])
    ]
    columns = ", ".join(f"{table}.{field.column}" for field in fields)
    return f"SELECT {columns} FROM {table} {rest}", [field.attname for field in fields], converters  # noqa: S608 - the program's own text.


def as_json(value: object) -> str:
    """The value as a parameter to be cast to ``jsonb``, with ids, times and amounts in it as PostgreSQL reads them.

    A quarter of the time of ``json.dumps``, which would need those as text. It makes JSON of more than that, of models
    among it: give it plain values, the recipient's masked. Raises DataError, as PostgreSQL would of what it cannot
    store, where text is no Unicode or a value has no JSON at all.
    """
    try:
        return to_json(value).decode()
    except ValueError as error:
        raise DataError(f"no JSON can be made of a value: {type(error).__name__}") from error


def _executed(
    connection: DatabaseWrapper,
    statement: str,
    parameters: Mapping[str, Any],
    read: Callable[[psycopg.Cursor[tuple[Any, ...]]], Answer],
) -> Answer:
    cursor = connection.cursor_of(statement)
    execute: Callable[..., Any] = partial(_execute, cursor)
    for wrapper in connections[DEFAULT_DB_ALIAS].execute_wrappers:  # Django's door for whoever looks at statements.
        execute = partial(wrapper, execute)
    with connection.wrap_database_errors:
        execute(statement, parameters, False, {"connection": connection, "cursor": cursor})  # noqa: FBT003 - Django's signature.
        return read(cursor)


def _rows_written(cursor: psycopg.Cursor[tuple[Any, ...]]) -> int:
    return cursor.rowcount


def _execute(cursor: psycopg.Cursor, statement: str, parameters: Mapping[str, Any], *_: object) -> None:
    cursor.execute(statement, parameters, prepare=True)
