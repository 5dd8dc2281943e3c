"""A key, and an address, send as many requests as they may and not one more; whoever waits may go on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import psycopg
import pytest
from django.db import connections
from django.db.models import F
from pytest_django import Settings

from payouts_service.http.problems import TooManyRequests
from payouts_service.kit.clock import utc_now
from payouts_service.rate_limits import counting, tasks
from payouts_service.rate_limits.counting import Policy, count
from payouts_service.rate_limits.models import Window
from payouts_service.tenants.scopes import Scope
from tests.client import PAYOUTS, Client
from tests.concurrency import at_once, open_transaction
from tests.eventually import eventually
from tests.http.problem_documents import problem
from tests.sessions import close_connections, only_reading

# Processes of their own, each with threads, that all count one caller's requests.
BURST: Final = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "payouts_service.settings"
django.setup()
from payouts_service.http.problems import TooManyRequests
from payouts_service.rate_limits.counting import Policy, count
from tests.concurrency import at_once
def send(_):
    passed = 0
    for _ in range(100):
        try:
            count({Policy("key", 500, seconds=3600): "burst"})
            passed += 1
        except TooManyRequests:
            pass
    return passed
print(sum(at_once(4, send)))
"""


def passes(client: Client) -> bool:
    response = client.get(PAYOUTS)
    if response.status_code == 200:
        return True
    problem(response, 429, "too-many-requests")
    return False


def test_a_burst_of_many_processes_and_threads_overshoots_by_nothing(database: None) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", BURST],
            env={**os.environ, "PYTHONPATH": "src:."},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    assert sum(int(process.communicate()[0]) for process in processes) == 500


def test_requests_of_one_moment_overshoot_by_nothing(acme: Client, settings: Settings) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 10

    assert at_once(16, lambda _: Client(acme.key).get(PAYOUTS).status_code).count(200) == 10


def test_requests_that_share_a_statement_are_counted_one_by_one(database: None) -> None:
    """Five at a time, of which four may come."""
    policy, found = Policy("key", 4), "SELECT 'mine' AS caller, %(at)s::timestamptz AS at"
    shared = counting._shared(  # noqa: SLF001 - holds it up, until all have come.
        counting._found_and_counted(found),  # noqa: SLF001 - as above.
        (("subjects", ""), ("window", "60 seconds"), ("before", "key ")),
    )

    def ask(_: int) -> tuple[int, object] | None:
        try:
            row, [quota] = counting.find_and_count(found, {}, policy, {}, at=utc_now())
        except TooManyRequests:
            return None
        finally:
            connections.close_all()
        assert row is not None
        return quota.left, row[1]

    with ThreadPoolExecutor(5) as threads:
        with shared._writing:  # noqa: SLF001 - as above.
            answers = threads.map(ask, range(5))
            eventually(lambda: len(shared._next.items) == 5)  # noqa: SLF001 - as above.
        told = list(answers)

    assert told.count(None) == 1
    passed = [one for one in told if one is not None]
    assert sorted(left for left, _ in passed) == [0, 1, 2, 3]
    assert len({at for _, at in passed}) == 1  # It was one statement, with the time of who came last.


def test_a_key_is_told_what_is_left_and_when_it_begins_anew(acme: Client, settings: Settings) -> None:
    settings.KEY_REQUESTS_PER_MINUTE, settings.ADDRESS_REQUESTS_PER_MINUTE = 2, 100
    first, second, third = (acme.get(PAYOUTS) for _ in range(3))

    assert first["RateLimit-Policy"] == '"address";q=100;w=60, "key";q=2;w=60'
    assert first["RateLimit"].startswith('"address";r=99;t=')
    assert '"key";r=1;t=' in first["RateLimit"]
    assert '"key";r=0;t=' in second["RateLimit"]
    problem(third, 429, "too-many-requests")
    assert third["RateLimit-Policy"] == first["RateLimit-Policy"]
    assert 1 <= int(third["Retry-After"]) <= 60
    assert third["RateLimit"].endswith(f'"key";r=0;t={third["Retry-After"]}')
    assert third["Cache-Control"] == "no-store"


def test_whoever_waited_may_send_again(acme: Client, settings: Settings) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 1
    assert [passes(acme), passes(acme)] == [True, False]

    Window.objects.update(started_at=F("started_at") - timedelta(seconds=60))

    assert [passes(acme), passes(acme)] == [True, False]


def test_one_key_does_not_use_up_anothers_quota(acme: Client, globex: Client, settings: Settings) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 1
    other = acme.with_scopes([Scope.PAYOUTS_READ])

    assert [passes(client) for client in (acme, acme, other, globex)] == [True, False, True, True]


def test_past_its_limit_an_address_is_not_told_what_a_key_is_worth(
    acme: Client, anonymous: Client, settings: Settings
) -> None:
    settings.ADDRESS_REQUESTS_PER_MINUTE = 2
    wrong = Client("psk_nonsense")

    assert [wrong.get(PAYOUTS).status_code, anonymous.get(PAYOUTS).status_code] == [401, 401]
    for client in (wrong, anonymous, acme):
        problem(client.get(PAYOUTS), 429, "too-many-requests")
    problem(anonymous.post("/api/callbacks/simulator/", {}), 429, "too-many-requests")
    assert anonymous.get("/health/live").status_code == 200


def test_a_refused_request_is_not_carried_out(acme: Client, settings: Settings) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 1
    acme.create()

    for _ in range(3):
        problem(acme.post(PAYOUTS, {}), 429, "too-many-requests")
    settings.KEY_REQUESTS_PER_MINUTE = 100
    assert len(acme.json(acme.get(PAYOUTS))["data"]) == 1


def test_no_limit_counts_nothing(acme: Client, settings: Settings) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = settings.ADDRESS_REQUESTS_PER_MINUTE = 0

    response = acme.get(PAYOUTS)

    assert response.status_code == 200
    assert "RateLimit" not in response
    assert not Window.objects.exists()


def test_callers_of_one_address_and_of_one_key_do_not_wait_for_each_other(acme: Client, globex: Client) -> None:
    keys = [acme.key, acme.with_scopes(Scope).key, globex.key]

    answers = at_once(12, lambda number: [Client(keys[number % 3]).get(PAYOUTS).status_code for _ in range(10)])

    assert {status for statuses in answers for status in statuses} == {200}
    assert Window.objects.filter(subject__startswith="address").get().taken == 120


def test_a_crowd_does_not_pass_uncounted(acme: Client) -> None:
    assert passes(acme)

    with open_transaction("SELECT FROM rate_limits_window FOR UPDATE"):
        refused = acme.get(PAYOUTS)

    problem(refused, 429, "too-many-requests")
    assert refused["Retry-After"] == "1"
    assert passes(acme)


@pytest.fixture
def only_reads(acme: Client, superuser: psycopg.Connection) -> Iterator[None]:
    """A standby, as far as the service can tell."""
    with only_reading(superuser):
        yield
    close_connections()


def test_whoever_cannot_be_counted_may_read(acme: Client, only_reads: None, settings: Settings) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 1

    assert [passes(acme), passes(acme)] == [True, True]


def test_counting_waits_for_no_disk(superuser: psycopg.Connection) -> None:
    row = superuser.execute("SELECT relpersistence FROM pg_class WHERE relname = 'rate_limits_window'").fetchone()

    assert row == ("u",)


def test_no_address_is_stored(acme: Client) -> None:
    acme.get(PAYOUTS)

    assert [subject for subject in Window.objects.values_list("subject", flat=True) if "127.0.0.1" in subject] == []
    assert Window.objects.count() == 2


def test_callers_of_an_hour_ago_are_forgotten(database: None) -> None:
    for name in ("old", "new"):
        count({Policy("key", 1): name})
    Window.objects.filter(subject="key old").update(started_at=F("started_at") - timedelta(hours=1))

    tasks.forget()

    assert Window.objects.get().subject == "key new"
    with pytest.raises(TooManyRequests):
        count({Policy("key", 1): "new"})
