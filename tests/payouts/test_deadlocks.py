"""A deadlock costs whoever PostgreSQL chooses another try, and nobody an answer or a chore."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString

import psycopg
import pytest
from django.db import connection, connections

from payouts_service.connectors.contract import confirmed
from payouts_service.payouts import claims, engine, tasks
from payouts_service.payouts.models import PayoutAttempt
from payouts_service.payouts.settlement import Result
from tests.client import Client
from tests.eventually import eventually

DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
AWAITED = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid)))"
WAITS = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
LOCK_ATTEMPT = "SELECT FROM payouts_payoutattempt WHERE id = %s FOR UPDATE"
LOCK_PAYOUT = "SELECT FROM payouts_payout WHERE id = %s FOR UPDATE"


def loses_a_deadlock(work: Callable[[], object], superuser: psycopg.Connection) -> None:
    """Run the work, which locks two payouts and then their attempts, across a session that locks the other way round.

    A third session stands before the first attempt until the other waits for a payout: so the work closes the circle.
    """
    first, last = PayoutAttempt.objects.order_by("id")
    before = superuser.execute(DEADLOCKS).fetchone()
    with (
        psycopg.connect(os.environ["TEST_SUPERUSER_URL"]) as gate,
        psycopg.connect(os.environ["TEST_SUPERUSER_URL"]) as crossing,
        ThreadPoolExecutor(2) as threads,
    ):
        crossing.execute("SET deadlock_timeout = '10min'")  # The work's session is the one that notices.
        crossing.execute(LOCK_ATTEMPT, [last.id])
        gate.execute(LOCK_ATTEMPT, [first.id])
        working = threads.submit(_patiently, work)
        eventually(lambda: _is_so(superuser, AWAITED, gate))
        crossed = threads.submit(crossing.execute, LOCK_PAYOUT, [last.payout_id])
        eventually(lambda: _is_so(superuser, WAITS, crossing))
        gate.rollback()
        crossed.result(timeout=60)
        crossing.rollback()
        working.result(timeout=60)
    eventually(lambda: superuser.execute(DEADLOCKS).fetchone() != before)


def _patiently(work: Callable[[], object]) -> None:
    """On a connection of its own, whose waits for locks only a deadlock ends."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")
        work()
    finally:
        connections.close_all()


def _is_so(superuser: psycopg.Connection, question: LiteralString, session: psycopg.Connection) -> bool:
    return superuser.execute(question, [session.info.backend_pid]).fetchone() == (True,)


@pytest.fixture
def claimed(acme: Client) -> list[claims.Claimed]:
    """Two payouts in a worker's hands."""
    for _ in range(2):
        acme.create()
    return claims.claim_payable("simulator", 2).items


def test_answers_are_settled_all_the_same(claimed: list[claims.Claimed], superuser: psycopg.Connection) -> None:
    answers = [
        Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", confirmed("p")) for item in claimed
    ]

    loses_a_deadlock(lambda: engine._settle_firmly(answers), superuser)  # noqa: SLF001 - a set, and not one by one.

    assert set(PayoutAttempt.objects.values_list("outcome", flat=True)) == {"confirmed"}


def test_a_sweep_leaves_the_chore_to_the_next(
    claimed: list[claims.Claimed], superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    superuser.execute(
        "UPDATE payouts_payoutattempt SET claims = %s, lease_until = now(), next_inquiry_at = now()",
        [claims.MOST_CLAIMS],
    )
    monkeypatch.setattr(tasks, "_next_sweep_at", 0.0)

    loses_a_deadlock(tasks.sweep, superuser)

    assert claims.park_hopeless("simulator") == 2
