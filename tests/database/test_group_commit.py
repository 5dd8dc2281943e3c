"""What threads write at the same moment is written once for all of them, and none of them notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, DataError, OperationalError, connections, transaction
from psycopg import errors as postgres

from payouts_service.database import lent
from payouts_service.database.base import DatabaseWrapper
from payouts_service.database.group_commit import GroupCommit
from payouts_service.database.prepared import as_json, fetch
from tests.eventually import eventually

DIVIDED = """
SELECT 100 / number, pg_current_xact_id()::text
  FROM ROWS FROM (jsonb_to_recordset(%(asked)s::jsonb) AS (number int)) WITH ORDINALITY AS asked (number, place)
 ORDER BY place
"""
SLEEPING = "SELECT pg_sleep(60) FROM jsonb_array_length(%(asked)s::jsonb)"
FAULTY = -1
Written = tuple[int, str]


class Writer:
    """Divides 100 by each number, and remembers which sets it was given."""

    def __init__(self, statement: str = DIVIDED, *, alike: bool = False) -> None:
        self.statement = statement
        self.sets: list[list[int]] = []
        self.group: GroupCommit[int, Written] = GroupCommit(self.write_all, alike=alike)
        self.may_write = Event()
        self.may_write.set()

    def write_all(self, by: DatabaseWrapper, numbers: Sequence[int]) -> list[Written]:
        self.sets.append(list(numbers))
        assert self.may_write.wait(60)
        if FAULTY in numbers:
            raise ZeroDivisionError
        rows = fetch(self.statement, {"asked": as_json([{"number": number} for number in numbers])}, by=by)
        return [(quotient, transaction_id) for quotient, transaction_id in rows]

    def write(self, number: int) -> Written:
        """In a thread that ends with it."""
        try:
            return self.group.write(number)
        finally:
            connections.close_all()

    def waiting(self) -> int:
        return len(self.group._next.items)  # noqa: SLF001 - so that the test knows when all of them have come.


@contextmanager
def threads(writer: Writer, numbers: Sequence[int]) -> Iterator[list[Future[Written]]]:
    """One thread each: the first finds nobody writing, and the others come while it writes."""
    writer.may_write.clear()
    with ThreadPoolExecutor(len(numbers)) as pool:
        futures = [pool.submit(writer.write, numbers[0])]
        eventually(lambda: len(writer.sets) == 1)
        for already, number in enumerate(numbers[1:]):
            futures.append(pool.submit(writer.write, number))
            eventually(lambda come=already + 1: writer.waiting() == come)  # type: ignore[misc]  # mypy wants no default.
        writer.may_write.set()
        yield futures


def test_one_alone_is_written_at_once(database: None) -> None:
    writer = Writer()

    assert [writer.group.write(number)[0] for number in (1, 2)] == [100, 50]
    assert writer.sets == [[1], [2]]


def test_those_who_come_while_one_writes_are_written_in_one_transaction(database: None) -> None:
    writer = Writer()

    with threads(writer, [1, 2, 4, 5, 10]) as futures:
        outcomes = [future.result() for future in futures]

    assert [quotient for quotient, _ in outcomes] == [100, 50, 25, 20, 10]
    assert writer.sets == [[1], [2, 4, 5, 10]]
    first, *others = (transaction_id for _, transaction_id in outcomes)
    assert len(set(others)) == 1
    assert first not in others


def test_one_that_is_refused_keeps_no_other_from_being_written(database: None) -> None:
    writer = Writer()

    with threads(writer, [1, 2, 0, 5]) as (first, second, refused, last):
        with pytest.raises(DataError, match="division by zero"):
            refused.result()
        assert [one.result()[0] for one in (first, second, last)] == [100, 50, 20]

    assert writer.sets[:2] == [[1], [2, 0, 5]]
    assert sorted(writer.sets[2:]) == [[0], [2], [5]]


def test_a_fault_of_ours_in_one_keeps_no_other_from_being_written(database: None) -> None:
    writer = Writer()

    with threads(writer, [1, 2, FAULTY, 5]) as (first, second, faulty, last):
        with pytest.raises(ZeroDivisionError):
            faulty.result()
        assert [one.result()[0] for one in (first, second, last)] == [100, 50, 20]


def test_where_all_ask_alike_all_are_refused(database: None) -> None:
    writer = Writer(alike=True)

    with threads(writer, [1, 0, 0]) as (first, *refused):
        assert first.result()[0] == 100
        for one in refused:
            with pytest.raises(DataError, match="division by zero") as raised:
                one.result()
            assert isinstance(raised.value.__cause__, postgres.DivisionByZero)

    assert writer.sets == [[1], [0, 0]]


def test_one_alone_that_is_refused_is_not_tried_twice(database: None) -> None:
    writer = Writer()

    with pytest.raises(DataError, match="division by zero"):
        writer.group.write(0)

    assert writer.sets == [[0]]


def test_what_may_have_been_committed_is_written_by_nobody_again(database: None, superuser: psycopg.Connection) -> None:
    writer = Writer(SLEEPING)
    with threads(writer, [1, 2, 4]) as futures:
        terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%'"
        for sets in (1, 2):
            eventually(lambda sets=sets: len(writer.sets) == sets)  # type: ignore[misc]  # mypy wants no default.
            eventually(lambda: bool(superuser.execute(terminate).fetchall()))
        for future in futures:
            with pytest.raises(OperationalError):
                future.result()

    assert writer.sets == [[1], [2, 4]]


@pytest.mark.parametrize("alike", [False, True])
def test_who_cannot_connect_fails_no_other(database: None, monkeypatch: pytest.MonkeyPatch, alike: bool) -> None:  # noqa: FBT001 - pytest gives it.
    monkeypatch.setattr(lent, "_free", list)  # None is free.
    writer = Writer(alike=alike)

    def write_unconnected() -> Written:
        own = connections[DEFAULT_DB_ALIAS]
        own.settings_dict = {**own.settings_dict, "PORT": "1"}  # Nobody listens there.
        return writer.group.write(2)

    with ThreadPoolExecutor(2) as pool:
        with writer.group._writing:  # noqa: SLF001 - until both have come, the one who cannot connect before the other.
            refused = pool.submit(write_unconnected)
            eventually(lambda: writer.waiting() == 1)
            written = pool.submit(writer.write, 4)
            eventually(lambda: writer.waiting() == 2)
        assert written.result()[0] == 25
        with pytest.raises(OperationalError):
            refused.result()

    assert writer.sets == [[4]]


def test_inside_a_transaction_it_is_a_part_of_it(database: None) -> None:
    writer = Writer()

    with transaction.atomic():
        [(own,)] = fetch("SELECT pg_current_xact_id()::text", {})
        written = [writer.group.write(number) for number in (1, 2)]

    assert written == [(100, own), (50, own)]
