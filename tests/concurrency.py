"""Callers that act at the same moment, each in a thread with a database connection of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import LiteralString, TypeVar

import psycopg
from django.db import connection, connections

Answer = TypeVar("Answer")


def at_once(count: int, call: Callable[[int], Answer]) -> list[Answer]:
    """The answers of ``call(0)`` to ``call(count - 1)``, begun together once every thread is connected."""
    together = Barrier(count)

    def run(number: int) -> Answer:
        try:
            connection.ensure_connection()
            together.wait(timeout=60)
            return call(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


@contextmanager
def open_transaction(statement: LiteralString, *parameters: object) -> Iterator[None]:
    """Another session that has run the statement and has not finished its transaction, until the block ends."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as session:
        session.execute(statement, parameters)
        yield
        session.rollback()
