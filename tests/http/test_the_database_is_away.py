"""Without PostgreSQL a request is told to come back (503), never that the service failed."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from typing import Final

import psycopg
from django.db import connection

from payouts_service.cli.embedded.kept_settings import free_port
from tests.client import IBAN_PAYOUT, PAYOUTS, Client
from tests.http.problem_documents import problem
from tests.sessions import only_reading

# In a process of its own, whose settings lead to a port where nobody listens.
REQUEST: Final = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "payouts_service.settings"
django.setup()
from tests.client import IBAN_PAYOUT, PAYOUTS, Client
client = Client("psk_0123456789abcdef_" + "0" * 48 + "{checksum}")
for answer in (client.get(PAYOUTS, Host="localhost"), client.post(PAYOUTS, IBAN_PAYOUT, Host="localhost")):
    print(answer.status_code, answer["Retry-After"], client.json(answer)["code"])
"""

END_ALL_OTHERS: Final = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def test_a_database_that_is_not_there_is_unavailable() -> None:
    url = f"postgresql://payouts:secret@127.0.0.1:{free_port()}/payouts"
    checksum = f"{zlib.crc32(('psk_0123456789abcdef_' + '0' * 48).encode()):08x}"
    process = subprocess.run(
        [sys.executable, "-c", REQUEST.format(checksum=checksum)],
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": "src:."},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert process.stdout.splitlines() == ["503 2 unavailable"] * 2, process.stderr


def test_a_connection_that_died_is_unavailable_once(acme: Client, superuser: psycopg.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [process] = cursor.fetchone()
    superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [process])

    # The test's client sends no signal at which a dead connection would be replaced, as a busy one is not.
    problem(acme.post(PAYOUTS, IBAN_PAYOUT), 503, "unavailable")

    assert acme.post(PAYOUTS, IBAN_PAYOUT).status_code == 201


def test_a_create_fails_for_no_session_that_was_ended_before_it(acme: Client, superuser: psycopg.Connection) -> None:
    acme.create()  # The use of its key is noted for this minute, by the thread's own connection.
    connection.close()  # It is asked for nothing more.
    ended = superuser.execute(END_ALL_OTHERS).fetchall()
    assert ended

    assert acme.post(PAYOUTS, IBAN_PAYOUT).status_code == 201


def test_a_database_that_only_reads_is_unavailable_until_it_writes_again(
    acme: Client, superuser: psycopg.Connection
) -> None:
    with only_reading(superuser):
        for _ in range(2):
            problem(acme.post(PAYOUTS, IBAN_PAYOUT), 503, "unavailable")

    assert acme.post(PAYOUTS, IBAN_PAYOUT).status_code == 201  # By new sessions: those of before would still only read.
