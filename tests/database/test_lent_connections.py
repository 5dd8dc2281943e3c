"""Threads lend one another a few connections; each is as good as the thread's own, and the warmest goes first."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import psycopg
import pytest
from django.db import DataError, InternalError, NotSupportedError

from payouts_service.database import lent as lent_module
from payouts_service.database.base import DatabaseWrapper
from payouts_service.database.lent import lent, own
from payouts_service.database.prepared import fetch
from tests.eventually import eventually


def session(by: DatabaseWrapper) -> int:
    """Which of PostgreSQL's sessions answers."""
    [(pid,)] = fetch("SELECT pg_backend_pid()", {}, by=by)
    return int(pid)


def lent_session() -> int:
    with lent() as connection:
        return session(connection)


def test_the_one_that_was_used_last_is_lent_first_to_whichever_thread(database: None) -> None:
    with lent() as first, lent() as second:
        sessions = [session(first), session(second)]

    with ThreadPoolExecutor(1) as pool:
        assert [lent_session(), pool.submit(lent_session).result()] == [sessions[0]] * 2


def test_where_all_are_lent_a_thread_uses_its_own(database: None) -> None:
    with lent() as first, lent() as second, lent() as third:
        assert len({session(first), session(second), session(third)}) == 3
        assert third is own()


def test_one_that_was_ended_is_replaced(database: None, superuser: psycopg.Connection) -> None:
    with lent() as connection:
        ended = session(connection)
    superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    eventually(lambda: not connection.is_usable())

    assert lent_session() != ended


def test_one_that_has_grown_old_is_replaced(database: None) -> None:
    with lent() as connection:
        old = session(connection)
    connection.close_at = monotonic()

    assert lent_session() != old


@pytest.fixture
def none_can_be_made(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for connection in lent_module._free():  # noqa: SLF001 - as it is where PostgreSQL has no session left.
        connection.close()
        monkeypatch.setattr(connection, "settings_dict", {**connection.settings_dict, "PORT": "1"})  # Nobody listens.


def test_where_none_can_be_made_a_thread_uses_its_own(none_can_be_made: None) -> None:
    with lent() as connection:
        assert connection is own()
        assert session(connection)


@pytest.mark.parametrize("statement", ["DELETE FROM rate_limits_window", "SELECT DISTINCT 1 FOR UPDATE"])
def test_one_that_may_only_read_is_closed(database: None, statement: str) -> None:
    with lent() as connection:
        before = session(connection)
        fetch("SELECT set_config('default_transaction_read_only', 'on', false)", {}, by=connection)

    with pytest.raises((InternalError, NotSupportedError)), lent() as connection:
        fetch(statement, {}, by=connection)

    assert lent_session() != before


def test_one_whose_statement_was_refused_is_kept(database: None) -> None:
    before = lent_session()

    with pytest.raises(DataError), lent() as connection:
        fetch("SELECT 1 / 0", {}, by=connection)

    assert lent_session() == before


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Of threads: this one needs none after a fork.
def test_a_forked_process_has_its_own(database: None) -> None:
    parents = lent_session()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # It must not come back into pytest, whatever happens.
        try:
            os.write(writing, str(lent_session()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        childs = told.read()
    os.waitpid(child, 0)

    assert childs.isdecimal()
    assert int(childs) != parents
    assert lent_session() == parents
