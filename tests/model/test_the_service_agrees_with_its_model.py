"""API, engine and provider in any order of events agree with a small model, and the money moves once.

Workers die with what they claimed, freeze and come back with stale answers, lose replies, and take the same payout
after one another; people cancel, delete, take and settle in between.
"""

from __future__ import annotations

import os
from typing import Any
from uuid import uuid4

import hypothesis.strategies as st
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from payouts_service.audit.services import judge
from payouts_service.connectors import registry
from payouts_service.connectors.contract import Outcome
from payouts_service.payouts import claims, engine, pausing, release
from payouts_service.payouts.claims import Claimed
from payouts_service.payouts.wire import payout_id_text
from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.model.reference import Expected
from tests.simulator_process import SimulatorProcess

SCENARIOS = [
    "confirm",
    "lose",
    "lose_unbooked",
    "error",
    "error_unbooked",
    "throttle_unbooked",
    "reject:compliance",
    "reject:recipient_unreachable",
    "lose:reject:recipient_unreachable",
]
GROUNDS = {"reason": "Seen", "evidence": {"kind": "bank_statement", "text": "Line 17"}}
PICK = st.integers(min_value=0, max_value=10_000)
LONG = int(os.environ.get("MODEL_EXAMPLES", "0"))


class Machine(RuleBasedStateMachine):
    """The rules; a worker's step is split into claim, call and settle, so that anything may come between."""

    acme: Client
    simulator: SimulatorProcess
    superuser: psycopg.Connection

    def __init__(self) -> None:
        super().__init__()
        self.payouts: dict[str, Expected] = {}
        self.claimed: list[Claimed] = []
        self.answers: list[tuple[Claimed, Outcome]] = []
        self.paused = False

    @rule(scenario=st.sampled_from(SCENARIOS), person=st.booleans())
    def create(self, scenario: str, person: bool) -> None:  # noqa: FBT001 - Hypothesis names it.
        connector = "manual" if person else "simulator"
        body = {**IBAN_PAYOUT, "connector": connector, "metadata": {"simulator": scenario}}
        expected = Expected(key=uuid4().hex, body=body)
        answer = self.acme.post(PAYOUTS, body, Idempotency_Key=expected.key)
        assert answer.status_code == 201
        self.payouts[self.acme.json(answer)["id"]] = expected

    @precondition(lambda self: self.payouts)
    @rule(pick=PICK, changed=st.booleans())
    def repeat(self, pick: int, changed: bool) -> None:  # noqa: FBT001 - as above.
        payout_id, expected = self._any(pick)
        body = {**expected.body, "comment": "Another"} if changed else expected.body
        answer = self.acme.post(PAYOUTS, body, Idempotency_Key=expected.key)
        wanted = 422 if changed else 410 if expected.status == "deleted" else 201
        assert answer.status_code == wanted, answer.content
        assert wanted != 201 or self.acme.json(answer)["id"] == payout_id

    @precondition(lambda self: self.payouts)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        payout_id, expected = self._any(pick)
        again = expected.status == "canceled"
        answer = self.acme.post(f"{address(payout_id)}cancel/", {"reason": "No"})
        self._check(answer.status_code, expected, allowed=again or expected.status == "created", success=200)
        if expected.status == "created":
            expected.status = "canceled"

    @precondition(lambda self: self.payouts)
    @rule(pick=PICK)
    def delete(self, pick: int) -> None:
        payout_id, expected = self._any(pick)
        answer = self.acme.delete(address(payout_id))
        self._check(answer.status_code, expected, allowed=expected.status == "created", success=204)
        if expected.status == "created":
            expected.status = "deleted"

    @precondition(lambda self: self.payouts)
    @rule(pick=PICK)
    def take_by_hand(self, pick: int) -> None:
        payout_id, expected = self._any(pick)
        waits = self.paused and expected.body["connector"] == "simulator"
        answer = self.acme.patch(address(payout_id), {"status": "processing"})
        if expected.status == "processing" or (waits and expected.status == "created"):
            assert answer.status_code == (200 if expected.status == "processing" else 409)
            return
        was_deleted = expected.status == "deleted"
        assert answer.status_code == (404 if was_deleted else 200 if expected.taken_by_hand() else 409)

    @precondition(lambda self: self.payouts)
    @rule(pick=PICK, end=st.sampled_from(["completed", "failed"]))
    def report(self, pick: int, end: str) -> None:
        payout_id, expected = self._any(pick)
        shown = "failed" if expected.status == "canceled" else expected.status
        answer = self.acme.patch(address(payout_id), {"status": end, **GROUNDS})
        if shown in (end, "deleted"):  # The same status again changes nothing.
            assert answer.status_code == (404 if shown == "deleted" else 200)
            return
        assert answer.status_code == (200 if expected.reported(end) else 409), (answer.content, expected)

    @rule(most=st.integers(min_value=1, max_value=4))
    def a_worker_claims(self, most: int) -> None:
        items = claims.claim_payable("simulator", most).items
        assert not (self.paused and items)
        for item in items:
            self.payouts[payout_id_text(item.attempt.payout_id)].claimed(item.token)
        self.claimed += items

    @rule(most=st.integers(min_value=1, max_value=4))
    def an_inquirer_claims(self, most: int) -> None:
        items = claims.claim_due("simulator", most).items
        for item in items:
            assert not (self.paused and item.submits)
            self.payouts[payout_id_text(item.attempt.payout_id)].asked(item.token)
        self.claimed += items

    @precondition(lambda self: self.claimed)
    @rule(pick=PICK, dies=st.booleans())
    def it_calls(self, pick: int, dies: bool) -> None:  # noqa: FBT001 - as above.
        item = self.claimed.pop(pick % len(self.claimed))
        outcome = engine._call(registry.get("simulator"), item)  # noqa: SLF001 - a worker's step, by itself.
        if outcome is not None and not dies:
            self.answers.append((item, outcome))

    @precondition(lambda self: self.claimed)
    @rule(pick=PICK)
    def it_dies_before_the_call(self, pick: int) -> None:
        self.claimed.pop(pick % len(self.claimed))

    @precondition(lambda self: self.answers)
    @rule(pick=PICK)
    def it_settles(self, pick: int) -> None:
        item, outcome = self.answers.pop(pick % len(self.answers))
        engine.record([(item, outcome)])
        self.payouts[payout_id_text(item.attempt.payout_id)].settled(item.token, outcome.kind, outcome.rejection)

    @rule()
    def leases_run_out(self) -> None:
        self.superuser.execute(
            "UPDATE payouts_payoutattempt SET opened_at = opened_at - interval '1 h',"
            " submitted_at = submitted_at - interval '1 h', lease_until = now(), next_inquiry_at = now()"
            " WHERE closed_at IS NULL AND lease_until IS NOT NULL"
        )
        for expected in self.payouts.values():
            expected.leased = False

    @rule()
    def the_time_of_inquiries_and_retries_comes(self) -> None:
        self.superuser.execute(
            "UPDATE payouts_payoutattempt SET next_inquiry_at = now(), submitted_at = submitted_at - interval '1 h'"
            " WHERE closed_at IS NULL AND lease_until IS NULL AND next_inquiry_at IS NOT NULL"
        )
        self.superuser.execute("UPDATE payouts_payout SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")

    @rule()
    def a_person_pauses_or_resumes_the_connector(self) -> None:
        if self.paused:
            pausing.resume_connector("simulator")
        else:
            pausing.pause_connector("simulator", reason="To see what happens")
        self.paused = not self.paused

    @rule()
    def the_sweep_comes(self) -> None:
        claims.park_hopeless("simulator")
        release.release_resumed(budget_seconds=10)

    @invariant()
    def payouts_are_as_expected(self) -> None:
        rows = {row["id"]: row for row in self.acme.json(self.acme.get(f"{PAYOUTS}?limit=200"))["data"]}
        for payout_id, expected in self.payouts.items():
            if expected.status == "deleted":
                assert payout_id not in rows
                continue
            row = rows[payout_id]
            assert row["status"] == ("failed" if expected.status == "canceled" else expected.status), (row, expected)
            assert row["attempts"] == expected.attempts, (row, expected)

    @invariant()
    def money_moves_once_and_only_for_those_who_were_sent(self) -> None:
        paid = [effect["reference"] for effect in self.simulator.books()]
        assert len(paid) == len(set(paid))
        for payout_id, row in self._attempts().items():
            expected = self.payouts[payout_id]
            payments = len(row & set(paid))
            assert payments <= 1, (payout_id, expected)
            assert payments == 0 or expected.status in ("processing", "completed") or expected.decided, expected
            assert payments == 1 or expected.status != "completed" or expected.decided, expected

    def teardown(self) -> None:
        """Heal everything; each payout reaches an end, or waits for a person, and the audit finds nothing."""
        if self.paused:
            self.a_person_pauses_or_resumes_the_connector()
        for _ in range(12):
            self.leases_run_out()
            self.the_time_of_inquiries_and_retries_comes()
            for item in (*claims.claim_payable("simulator", 50).items, *claims.claim_due("simulator", 50).items):
                outcome = engine._call(registry.get("simulator"), item)  # noqa: SLF001 - as above.
                assert outcome is not None
                engine.record([(item, outcome)])
            claims.park_hopeless("simulator")
        assert {found.invariant.name: found.ids for found in judge(None) if found.broken} == {}
        for payout_id, expected in self.payouts.items():
            if expected.status not in ("deleted", "canceled") and expected.body["connector"] == "simulator":
                row = self.acme.read(payout_id)
                parked = row["progress"] == "unknown" and not expected.decided
                assert row["status"] in ("completed", "failed") or expected.by_hand or parked, (row, expected)

    def _any(self, pick: int) -> tuple[str, Expected]:
        return list(self.payouts.items())[pick % len(self.payouts)]

    @staticmethod
    def _check(status: int, expected: Expected, *, allowed: bool, success: int) -> None:
        assert status == (404 if expected.status == "deleted" else success if allowed else 409), expected

    def _attempts(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        rows: Any = self.superuser.execute("SELECT payout_id, reference FROM payouts_payoutattempt")
        for payout_id, reference in rows:
            found.setdefault(payout_id_text(payout_id), set()).add(reference)
        return {payout_id: references for payout_id, references in found.items() if payout_id in self.payouts}


@pytest.mark.timeout(3600 if LONG else 300)
def test_any_order_of_events_agrees_with_the_model(
    acme: Client, simulator: SimulatorProcess, superuser: psycopg.Connection
) -> None:
    class OfThisTest(Machine):
        """With the means of this test."""

    OfThisTest.acme, OfThisTest.simulator, OfThisTest.superuser = acme, simulator, superuser
    run_state_machine_as_test(
        OfThisTest,
        settings=settings(
            max_examples=LONG or 25,
            stateful_step_count=40,
            deadline=None,
            derandomize=not LONG,  # `make test` tells the same story each time; a long run tells new ones.
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
