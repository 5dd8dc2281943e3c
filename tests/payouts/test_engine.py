"""The engine pays what is ready, once, and asks after what it does not know."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from payouts_service.connectors import registry
from payouts_service.connectors.contract import Outcome, confirmed
from payouts_service.payouts import claims, engine, settlement
from payouts_service.payouts.models import PayoutAttempt
from payouts_service.payouts.settlement import Result
from payouts_service.payouts.wire import payout_id_text
from tests.client import PLAIN_PAYOUT, Client, address
from tests.eventually import eventually
from tests.simulator_process import SimulatorProcess


@pytest.fixture
def soon(settings: Settings) -> Iterator[Settings]:
    """Short pauses and timeouts, so that a test sees their end."""
    settings.INQUIRY_SECONDS = 0
    settings.SIMULATOR_TIMEOUT_SECONDS = 1
    registry.forget_all()
    yield settings
    registry.forget_all()


@pytest.fixture
def lease_runs_out(superuser: psycopg.Connection) -> Callable[[], None]:
    """Let PostgreSQL's clock pass the end of every lease."""

    def run_out() -> None:
        superuser.execute(
            "UPDATE payouts_payoutattempt"
            " SET opened_at = opened_at - interval '1 h', submitted_at = submitted_at - interval '1 h',"
            " lease_until = now(), next_inquiry_at = now()"
            " WHERE closed_at IS NULL AND claim_token IS NOT NULL"
        )

    return run_out


def result_of(item: claims.Claimed, outcome: Outcome) -> Result:
    return Result(item.attempt.payout_id, item.attempt.id, item.token, "submit" if item.submits else "inquire", outcome)


def pay() -> None:
    engine.pay_ready("simulator", budget_seconds=20)


def ask() -> None:
    engine.ask_due("simulator", budget_seconds=20)


def only_attempt() -> PayoutAttempt:
    return PayoutAttempt.objects.get()


def test_a_ready_payout_is_completed(acme: Client, simulator: SimulatorProcess) -> None:
    payout = acme.create(**PLAIN_PAYOUT)

    pay()

    done = acme.read(payout["id"])
    assert (done["status"], done["attempts"], done["progress"], done["version"]) == ("completed", 1, None, 3)
    attempt = only_attempt()
    assert attempt.outcome == "confirmed"
    assert attempt.closed_at is not None
    [effect] = simulator.effects_of(attempt.reference)
    assert (effect["amount"], effect["currency"]) == ("100.00", "USD")


def test_a_set_of_payouts_is_paid_each_once(acme: Client, simulator: SimulatorProcess) -> None:
    made = {acme.create(amount=f"{number}.00")["id"] for number in range(1, 31)}

    pay()

    assert {acme.read(payout_id)["status"] for payout_id in made} == {"completed"}
    references = PayoutAttempt.objects.values_list("reference", flat=True)
    assert [len(simulator.effects_of(reference)) for reference in references] == [1] * 30


def test_a_rejection_fails_the_payout_and_says_through_whom(acme: Client, simulator: SimulatorProcess) -> None:
    payout = acme.create(metadata={"simulator": "reject:recipient_account_closed"})

    pay()

    failed = acme.read(payout["id"])
    assert (failed["status"], failed["failure"]["code"]) == ("failed", "recipient_account_closed")
    assert (failed["failure"]["party"], failed["failure"]["retryable"]) == ("recipient", False)
    assert simulator.effects_of(only_attempt().reference) == []


def test_a_scheduled_payout_waits_for_its_time(
    acme: Client, simulator: SimulatorProcess, superuser: psycopg.Connection
) -> None:
    payout = acme.create(scheduled_for="2027-06-01T00:00:00Z")
    assert payout["waiting_for"] == ["schedule"]

    pay()
    assert acme.read(payout["id"])["status"] == "created"

    superuser.execute("UPDATE payouts_payout SET ready_at = now(), scheduled_for = now()")
    pay()
    assert acme.read(payout["id"])["status"] == "completed"


def test_a_payout_of_the_manual_connector_is_left_to_people(acme: Client) -> None:
    payout = acme.create(connector="manual")

    assert not claims.is_payable("simulator")
    assert acme.read(payout["id"])["status"] == "created"


def test_a_payout_taken_by_a_person_is_left_to_that_person(
    acme: Client, simulator: SimulatorProcess, lease_runs_out: Callable[[], None]
) -> None:
    payout = acme.create()
    acme.patch(address(payout["id"]), {"status": "processing"})

    lease_runs_out()
    pay()
    ask()

    assert acme.read(payout["id"])["status"] == "processing"
    assert simulator.effects_of(only_attempt().reference) == []


def test_an_accepted_payment_is_asked_after_until_its_end(
    acme: Client, simulator: SimulatorProcess, soon: Settings
) -> None:
    payout = acme.create(metadata={"simulator": "delay:1"})

    pay()
    accepted = acme.read(payout["id"])
    assert (accepted["status"], accepted["progress"]) == ("processing", "accepted")

    def completed() -> bool:
        ask()
        return bool(acme.read(payout["id"])["status"] == "completed")

    eventually(completed)
    assert len(simulator.effects_of(only_attempt().reference)) == 1
    assert acme.read(payout["id"])["attempts"] == 1


def test_a_lost_reply_is_unknown_and_cleared_up_by_asking(
    acme: Client, simulator: SimulatorProcess, soon: Settings
) -> None:
    payout = acme.create(metadata={"simulator": "lose"})

    pay()
    unknown = acme.read(payout["id"])
    assert (unknown["status"], unknown["progress"], unknown["failure"]) == ("processing", "unknown", None)

    ask()
    assert acme.read(payout["id"])["status"] == "completed"
    reference = only_attempt().reference
    assert (simulator.submits_of(reference), len(simulator.effects_of(reference))) == (1, 1)


def test_a_provider_that_repeats_its_own_500_is_asked_and_not_sent_it_again(
    acme: Client, simulator: SimulatorProcess, soon: Settings
) -> None:
    payout = acme.create(metadata={"simulator": "error_for_ever"})
    pay()
    assert acme.read(payout["id"])["progress"] == "unknown"

    ask()

    assert acme.read(payout["id"])["status"] == "completed"
    reference = only_attempt().reference
    assert (simulator.submits_of(reference), len(simulator.effects_of(reference))) == (1, 1)


def test_a_provider_that_denies_for_a_while_what_it_has_booked_is_asked_until_it_shows_it(
    acme: Client, simulator: SimulatorProcess, soon: Settings
) -> None:
    payout = acme.create(metadata={"simulator": "lose:hide:1"})
    pay()

    def completed() -> bool:
        ask()
        return bool(acme.read(payout["id"])["status"] == "completed")

    eventually(completed)
    reference = only_attempt().reference
    assert (simulator.submits_of(reference), len(simulator.effects_of(reference))) == (1, 1)


def test_the_attempt_is_committed_before_the_provider_is_called(
    acme: Client, simulator: SimulatorProcess, soon: Settings, superuser: psycopg.Connection
) -> None:
    acme.create(metadata={"simulator": "hang"})

    worker = threading.Thread(target=_and_disconnect(pay))
    worker.start()
    query = "SELECT reference FROM payouts_payoutattempt WHERE outcome IS NULL"
    eventually(lambda: superuser.execute(query).fetchone() is not None)
    [reference] = superuser.execute(query).fetchone() or [""]
    eventually(lambda: bool(simulator.effects_of(reference)))
    locks = superuser.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
    ).fetchone()
    worker.join()

    assert locks == (0,)


def test_a_worker_that_died_before_sending_is_made_good(
    acme: Client, simulator: SimulatorProcess, lease_runs_out: Callable[[], None]
) -> None:
    payout = acme.create()
    [dead] = claims.claim_payable("simulator", 10).items  # …and nothing more of this worker.

    ask()
    assert acme.read(payout["id"])["progress"] == "in_flight"  # Its lease is respected.

    for _ in range(3):  # Not found twice, then sent: once is not enough, the provider may be late to show it.
        lease_runs_out()
        ask()
    assert acme.read(payout["id"])["status"] == "completed"
    assert only_attempt().reference == dead.attempt.reference
    assert len(simulator.effects_of(dead.attempt.reference)) == 1


def test_a_worker_that_died_after_sending_is_made_good(
    acme: Client, simulator: SimulatorProcess, lease_runs_out: Callable[[], None]
) -> None:
    payout = acme.create()
    [dead] = claims.claim_payable("simulator", 10).items
    registry.get("simulator").submit(engine.instruction(dead))  # …and the answer dies with the worker.

    lease_runs_out()
    ask()

    assert acme.read(payout["id"])["status"] == "completed"
    reference = dead.attempt.reference
    assert (simulator.submits_of(reference), len(simulator.effects_of(reference))) == (1, 1)


def test_a_worker_that_wakes_after_its_lease_changes_nothing(
    acme: Client, simulator: SimulatorProcess, lease_runs_out: Callable[[], None]
) -> None:
    payout = acme.create(metadata={"simulator": "reject"})
    [frozen] = claims.claim_payable("simulator", 10).items
    for _ in range(3):
        lease_runs_out()
        ask()
    before = acme.read(payout["id"])

    late = result_of(frozen, confirmed("late"))
    assert settlement.settle([late]) == [late]

    after = acme.read(payout["id"])
    assert (after["status"], after["failure"]) == ("failed", before["failure"])


def test_an_answer_that_cannot_be_kept_spoils_no_other_of_its_set(acme: Client, simulator: SimulatorProcess) -> None:
    spoilt, good = acme.create(amount="1.00"), acme.create(amount="2.00")
    claimed = {payout_id_text(one.attempt.payout_id): one for one in claims.claim_payable("simulator", 10).items}

    engine.record(
        [
            (claimed[spoilt["id"]], confirmed("one", evidence={"said": "\ud800"})),
            (claimed[good["id"]], confirmed("another")),
        ]
    )

    assert [acme.read(made["id"])["status"] for made in (spoilt, good)] == ["processing", "completed"]


def test_the_fence_holds_while_another_worker_is_still_asking(
    acme: Client, simulator: SimulatorProcess, lease_runs_out: Callable[[], None]
) -> None:
    payout = acme.create()
    [frozen] = claims.claim_payable("simulator", 10).items
    lease_runs_out()
    [current] = claims.claim_due("simulator", 10).items

    late = result_of(frozen, confirmed("late"))
    assert settlement.settle([late]) == [late]
    assert acme.read(payout["id"])["status"] == "processing"

    own = result_of(current, confirmed("own"))
    assert settlement.settle([own]) == []
    assert acme.read(payout["id"])["status"] == "completed"


def test_nothing_is_sent_when_the_lease_would_end_before_the_answer(
    acme: Client, simulator: SimulatorProcess, settings: Settings
) -> None:
    settings.LEASE_SECONDS = 1  # Less than one call may take.
    payout = acme.create()

    pay()

    assert acme.read(payout["id"])["progress"] == "in_flight"
    assert simulator.effects_of(only_attempt().reference) == []


def test_workers_at_once_claim_different_payouts(acme: Client) -> None:
    for _ in range(20):
        acme.create()
    barrier = threading.Barrier(4)
    claimed: list[list[claims.Claimed]] = []

    def claim() -> None:
        barrier.wait()
        claimed.append(claims.claim_payable("simulator", 5).items)

    workers = [threading.Thread(target=_and_disconnect(claim)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    ids = [item.attempt.payout_id for items in claimed for item in items]
    assert len(ids) == len(set(ids))
    rest = claims.claim_payable("simulator", 20).items
    assert len(ids) + len(rest) == 20
    assert PayoutAttempt.objects.count() == 20


def test_a_person_settles_an_unknown_outcome_with_reason_and_evidence(
    acme: Client, simulator: SimulatorProcess, settings: Settings
) -> None:
    settings.INQUIRY_SECONDS = 3600
    payout = acme.create(metadata={"simulator": "lose"})
    grounds = {"reason": "Seen on the statement", "evidence": {"kind": "bank_statement", "text": "Line 17, 150.00"}}
    in_flight = acme.create()
    [held] = [
        item
        for item in claims.claim_payable("simulator", 10).items
        if payout_id_text(item.attempt.payout_id) == payout["id"]
    ]
    early = acme.patch(address(payout["id"]), {"status": "completed", **grounds})
    assert (early.status_code, acme.json(early)["code"]) == (409, "attempt-in-flight")
    lost = registry.get("simulator").submit(engine.instruction(held))
    settlement.settle([result_of(held, lost)])

    bare = acme.patch(address(payout["id"]), {"status": "completed"})
    assert (bare.status_code, acme.json(bare)["code"]) == (409, "attempt-in-flight")
    settled = acme.patch(address(payout["id"]), {"status": "completed", **grounds})

    assert settled.status_code == 200
    assert acme.json(settled)["status"] == "completed"
    attempt = PayoutAttempt.objects.get(id=held.attempt.id)
    assert attempt.closed_at is not None
    assert (attempt.decision.reason, attempt.decision.evidence_kind) == ("Seen on the statement", "bank_statement")
    assert acme.read(in_flight["id"])["status"] == "processing"


def _and_disconnect(work: Callable[[], None]) -> Callable[[], None]:
    """The work of a thread, whose connection to PostgreSQL ends with it."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run
