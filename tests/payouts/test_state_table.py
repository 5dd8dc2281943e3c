"""The table of moves, PostgreSQL's triggers and ARCHITECTURE.md say the same."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from payouts_service.kit.ids import from_text
from payouts_service.payouts import claims, lifecycle
from payouts_service.payouts.models import Payout, Status
from tests.client import Client

ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"
LEGAL = {(step.source, step.target) for step in lifecycle.MOVES if step.source is not None}

# Every column that a status needs, so that only the move itself can be refused.
_AS = {
    Status.CREATED: "attempts = 0, progress = NULL, finished_at = NULL, failure_code = NULL, failure_party = NULL,"
    " failure_message = NULL, failure_retryable = NULL",
    Status.PROCESSING: "attempts = 1, progress = 'in_flight', finished_at = NULL, failure_code = NULL,"
    " failure_party = NULL, failure_message = NULL, failure_retryable = NULL",
    Status.COMPLETED: "attempts = 1, progress = NULL, finished_at = now(), failure_code = NULL, failure_party = NULL,"
    " failure_message = NULL, failure_retryable = NULL",
    Status.FAILED: "attempts = 1, progress = NULL, finished_at = now(), failure_code = 'canceled',"
    " failure_party = 'client', failure_message = 'x', failure_retryable = false",
}


def update_to(status: Status) -> str:
    return f"UPDATE payouts_payout SET status = '{status}', {_AS[status]} WHERE id = %s"  # noqa: S608 - the table above.


def put(superuser: psycopg.Connection, payout_id: str, status: Status) -> None:
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(update_to(status), [_uuid(payout_id)])
    superuser.execute("SET session_replication_role = origin")


def _uuid(payout_id: str) -> str:
    return str(from_text("po", payout_id))


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(Status, 2)))
def test_postgresql_allows_exactly_the_moves_of_the_table(
    acme: Client, superuser: psycopg.Connection, source: Status, target: Status
) -> None:
    payout_id = acme.create()["id"]
    put(superuser, payout_id, source)
    statement = update_to(target)

    if (source, target) in LEGAL:
        superuser.execute(statement, [_uuid(payout_id)])
        assert acme.read(payout_id)["status"] == target
    else:
        with pytest.raises(psycopg.errors.CheckViolation, match=f"{source} to {target} is not a move"):
            superuser.execute(statement, [_uuid(payout_id)])


@pytest.mark.parametrize("status", [status for status in Status if status != Status.CREATED])
def test_postgresql_lets_a_payout_start_and_leave_only_in_created(
    acme: Client, superuser: psycopg.Connection, status: Status
) -> None:
    payout_id = acme.create()["id"]
    put(superuser, payout_id, status)

    with pytest.raises(psycopg.errors.CheckViolation, match="is not a move"):
        superuser.execute("DELETE FROM payouts_payout WHERE id = %s", [_uuid(payout_id)])
    with pytest.raises(psycopg.errors.CheckViolation, match=f"nothing to {status}"):
        superuser.execute("INSERT INTO payouts_payout SELECT * FROM payouts_payout WHERE id = %s", [_uuid(payout_id)])


ANOTHER_ATTEMPT: LiteralString = """
INSERT INTO payouts_payoutattempt
SELECT (jsonb_populate_record(a, '{"id": "00000000-0000-7000-8000-000000000000", "number": 2, "reference": "b"}')).*
  FROM payouts_payoutattempt AS a
"""
CLOSE: LiteralString = "UPDATE payouts_payoutattempt SET closed_at = now(), next_inquiry_at = NULL"
END: LiteralString = "UPDATE payouts_payout SET status = 'completed', progress = NULL, finished_at = now()"
FAIL: LiteralString = (
    "UPDATE payouts_payout SET status = 'failed', progress = NULL, finished_at = now(), open_attempt_id = NULL"
)
REFUSED: dict[str, LiteralString] = {
    "attempt_open_once": ANOTHER_ATTEMPT,
    "attempt_number_once": f"{CLOSE}, number = 2; {ANOTHER_ATTEMPT}",
    "reference": f"{CLOSE}, reference = 'b'; {ANOTHER_ATTEMPT}",
    "attempt_reference_fits_the_rail": "UPDATE payouts_payoutattempt SET reference = repeat('a', 36)",
    "attempt_closed_is_not_asked_after": "UPDATE payouts_payoutattempt SET closed_at = now()",
    "payout_amount_positive": "UPDATE payouts_payout SET amount = 0",
    "payout_open_attempt_in_processing": END,
    "payout_progress_in_processing": "UPDATE payouts_payout SET progress = NULL",
    "payout_finished_at_its_end": "UPDATE payouts_payout SET finished_at = now()",
    "payout_failed_says_why": FAIL,
    "payout_retrying_says_when": "UPDATE payouts_payout SET progress = 'retrying', open_attempt_id = NULL",
    "payout_retrying_has_no_open_attempt": "UPDATE payouts_payout SET progress = 'retrying', next_attempt_at = now()",
}


@pytest.mark.parametrize("rule", REFUSED)
def test_postgresql_refuses_what_no_payout_in_processing_and_no_attempt_may_be(
    acme: Client, superuser: psycopg.Connection, rule: str
) -> None:
    acme.create()
    claims.claim_payable("simulator", 1)

    with pytest.raises(psycopg.errors.IntegrityError, match=rule):
        superuser.execute(REFUSED[rule])


def test_postgresql_lets_no_payout_wait_that_was_attempted(acme: Client, superuser: psycopg.Connection) -> None:
    acme.create()
    with pytest.raises(psycopg.errors.CheckViolation, match="payout_created_has_no_attempt"):
        superuser.execute("UPDATE payouts_payout SET attempts = 1")


def test_the_printed_table_is_the_table_of_the_code() -> None:
    assert printed_table() in ARCHITECTURE.read_text(), f"put this into ARCHITECTURE.md:\n{printed_table()}"


def printed_table() -> str:
    lines = ["| from | verb | to | ledger | event |", "|---|---|---|---|---|"]
    lines += [
        f"| {step.source or 'nothing'} | {step.verb} | {step.target} | {step.ledger} | `{step.event}` |"
        for step in lifecycle.MOVES
    ]
    return "\n".join(lines)


def test_a_stale_transition_changes_nothing(acme: Client) -> None:
    acme.create()
    stale = Payout.objects.get()
    fresh = Payout.objects.get()
    with transaction.atomic():
        fresh.comment = "changed meanwhile"
        lifecycle.change([fresh], "payout.updated", at=fresh.updated_at)

    stale.comment = "from an old read"
    with pytest.raises(lifecycle.StaleTransition), transaction.atomic():
        lifecycle.change([stale], "payout.updated", at=stale.updated_at)

    assert Payout.objects.get().comment == "changed meanwhile"


def test_a_payout_is_not_written_outside_a_transaction(acme: Client) -> None:
    acme.create()
    payout = Payout.objects.get()
    with pytest.raises(TransactionManagementError):
        lifecycle.change([payout], "payout.updated", at=payout.updated_at)
