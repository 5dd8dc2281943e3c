"""Whether a connection is alive is known without asking PostgreSQL, and a dead one is replaced before it is used."""

from __future__ import annotations

import psycopg
from django.core.signals import request_started
from django.db import connection

from tests.client import PAYOUTS, Client
from tests.eventually import eventually
from tests.wire import overheard


def test_a_look_at_it_sends_nothing(database: None) -> None:
    with overheard() as talk:
        assert connection.is_usable()

    assert talk.messages == []


def test_a_connection_that_was_ended_is_replaced_at_the_next_request(
    acme: Client, superuser: psycopg.Connection
) -> None:
    connection.ensure_connection()
    superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.pgconn.backend_pid])
    eventually(lambda: not connection.is_usable())

    request_started.send(sender=None)  # As the web server does, and the tests' client does not.

    assert acme.get(PAYOUTS).status_code == 200


def test_one_that_was_closed_here_is_not_usable(database: None) -> None:
    connection.ensure_connection()
    connection.connection.close()

    assert not connection.is_usable()
    connection.close()
