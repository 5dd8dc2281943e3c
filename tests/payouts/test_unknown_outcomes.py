"""What nobody knows is asked about, at growing pauses, and never paid again on a guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from pytest_django import Settings

from payouts_service.connectors import registry
from payouts_service.connectors.contract import (
    Outcome,
    RejectionCode,
    accepted,
    confirmed,
    not_found,
    rejected,
    unknown,
)
from payouts_service.payouts import claims, engine, settlement
from payouts_service.payouts.models import Exchange, PayoutAttempt
from payouts_service.payouts.settlement import Result
from payouts_service.payouts.wire import payout_id_text
from tests.client import Client, address
from tests.events.history import history
from tests.simulator_process import SimulatorProcess


@pytest.fixture
def time_passes(superuser: psycopg.Connection) -> Callable[[], None]:
    """Let everything that waits for a time become due."""

    def pass_() -> None:
        superuser.execute(
            "UPDATE payouts_payoutattempt SET opened_at = opened_at - interval '1 h',"
            " submitted_at = submitted_at - interval '1 h', lease_until = now(), next_inquiry_at = now()"
            " WHERE closed_at IS NULL AND next_inquiry_at IS NOT NULL"
        )
        superuser.execute("UPDATE payouts_payout SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")

    return pass_


def settle(item: claims.Claimed, outcome: Outcome) -> list[Result]:
    call: settlement.Call = "submit" if item.submits else "inquire"
    return settlement.settle([Result(item.attempt.payout_id, item.attempt.id, item.token, call, outcome)])


def claim() -> claims.Claimed:
    [item] = claims.claim_payable("simulator", 10).items
    return item


def claim_due() -> claims.Claimed:
    [item] = claims.claim_due("simulator", 10).items
    return item


def test_the_pause_before_the_next_inquiry_doubles_up_to_an_hour(settings: Settings) -> None:
    settings.INQUIRY_SECONDS = 5
    pauses = [settlement.inquiry_pause(inquiries) for inquiries in (0, 1, 2, 9, 10, 100)]
    seconds = [pause.total_seconds() for pause in pauses]
    assert seconds == [5, 10, 20, 2560, 3600, 3600]


def test_the_same_reference_is_sent_again_only_after_not_found_twice(
    acme: Client, time_passes: Callable[[], None]
) -> None:
    payout = acme.create()
    first = claim()
    settle(first, unknown("no answer"))
    time_passes()
    settle(claim_due(), not_found())
    time_passes()
    asked_again = claim_due()
    assert not asked_again.submits
    settle(asked_again, not_found())

    again = claim_due()  # At once: nothing more is waited for.

    assert again.submits
    assert again.attempt.reference == first.attempt.reference
    settle(again, confirmed("p1"))
    assert acme.read(payout["id"])["status"] == "completed"
    assert acme.read(payout["id"])["attempts"] == 1


@pytest.mark.parametrize("answered", [True, False])
def test_not_found_soon_after_a_submission_late_in_its_lease_means_nothing(
    acme: Client,
    simulator: SimulatorProcess,
    settings: Settings,
    superuser: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    *,
    answered: bool,
) -> None:
    settings.INQUIRY_SECONDS, settings.LEASE_SECONDS = 0, 7200
    connector = registry.get("simulator")
    slow = replace(connector.capabilities, visible_after=timedelta(hours=1))
    monkeypatch.setattr(connector, "capabilities", slow)
    acme.create()
    late = claim()
    superuser.execute(  # The lease has just ended.
        "UPDATE payouts_payoutattempt SET opened_at = opened_at - lease, submitted_at = submitted_at - lease,"
        " lease_until = lease_until - lease, next_inquiry_at = next_inquiry_at - lease"
        " FROM make_interval(hours => 2) AS lease"
    )
    if answered:
        settle(late, unknown("no answer"))

    for _ in range(2):
        engine.ask_due("simulator", budget_seconds=10)

    asked = PayoutAttempt.objects.get()
    assert (asked.not_found, asked.evidence) == (0, {"why": "the provider does not show the payment yet"})


def test_an_answer_in_between_starts_the_count_anew(acme: Client, time_passes: Callable[[], None]) -> None:
    acme.create()
    settle(claim(), unknown("no answer"))
    for outcome in (not_found(), unknown("no answer"), not_found()):
        time_passes()
        settle(claim_due(), outcome)

    time_passes()
    assert not claim_due().submits


def test_an_answer_that_is_recorded_again_counts_once(acme: Client, time_passes: Callable[[], None]) -> None:
    acme.create()
    settle(claim(), unknown("no answer"))
    time_passes()
    asked = claim_due()

    stale = [len(settle(asked, not_found())) for _ in range(2)]  # As where the reply to the first commit is lost.

    assert (stale, PayoutAttempt.objects.get().not_found) == ([0, 1], 1)


def test_a_payment_that_the_provider_took_and_then_denies_is_a_discrepancy_and_not_sent_again(
    acme: Client, time_passes: Callable[[], None]
) -> None:
    payout = acme.create()
    settle(claim(), accepted("p1"))
    for _ in range(3):
        time_passes()
        settle(claim_due(), not_found())

    assert acme.read(payout["id"])["progress"] == "unknown"
    assert history(payout["id"]).count("payout.discrepancy_found") == 1
    time_passes()
    assert not claim_due().submits


def test_what_the_provider_may_have_forgotten_is_left_to_a_person(
    acme: Client, simulator: SimulatorProcess, time_passes: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:

    connector = registry.get("simulator")
    forgetful = replace(connector.capabilities, reference_memory=timedelta(minutes=30))
    monkeypatch.setattr(connector, "capabilities", forgetful)
    payout = acme.create()
    dead = claim()
    for _ in range(5):
        time_passes()
        engine.ask_due("simulator", budget_seconds=10)

    assert acme.read(payout["id"])["progress"] == "unknown"
    assert simulator.effects_of(dead.attempt.reference) == []
    grounds = {"reason": "Not on the statement", "evidence": {"kind": "bank_statement", "text": "Nothing until today"}}
    assert acme.patch(address(payout["id"]), {"status": "failed", **grounds}).status_code == 200


def test_a_provider_that_may_pay_a_reference_twice_never_gets_it_again(
    acme: Client, simulator: SimulatorProcess, time_passes: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = registry.get("simulator")
    monkeypatch.setattr(connector, "capabilities", replace(connector.capabilities, idempotent_submit=False))
    payout = acme.create()
    dead = claim()
    for _ in range(5):
        time_passes()
        engine.ask_due("simulator", budget_seconds=10)

    assert acme.read(payout["id"])["progress"] == "unknown"
    assert Exchange.objects.filter(call="submit", evidence__why__icontains="would not be safe").exists()
    assert simulator.submits_of(dead.attempt.reference) == 0


@pytest.mark.parametrize(("memory", "status"), [(None, "completed"), (timedelta(minutes=30), "processing")])
def test_a_provider_that_cannot_be_asked_gets_the_same_reference_again_while_it_remembers(
    acme: Client,
    time_passes: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    memory: timedelta | None,
    status: str,
) -> None:
    connector = registry.get("instant")
    monkeypatch.setattr(connector, "capabilities", replace(connector.capabilities, reference_memory=memory))
    payout = acme.create(connector="instant")
    [first] = claims.claim_payable("instant", 10).items
    settle(first, unknown("no answer"))
    time_passes()

    [again] = claims.claim_due("instant", 10).items

    assert (again.submits, again.attempt.reference) == (True, first.attempt.reference)
    outcome = engine._call(connector, again)  # noqa: SLF001 - a worker's step, by itself.
    engine.record([(again, outcome)])
    assert acme.read(payout["id"])["status"] == status
    assert PayoutAttempt.objects.get().reference == first.attempt.reference


def test_a_refusal_that_may_pass_is_tried_again_in_a_new_attempt(acme: Client, time_passes: Callable[[], None]) -> None:
    payout = acme.create()
    settle(claim(), rejected(RejectionCode.RECIPIENT_UNREACHABLE))
    waiting = acme.read(payout["id"])
    assert (waiting["status"], waiting["progress"], waiting["failure"]) == ("processing", "retrying", None)
    assert waiting["next_attempt_at"] > waiting["updated_at"]
    assert claims.claim_payable("simulator", 10).items == []
    refused = acme.patch(address(payout["id"]), {"status": "completed"})
    assert (refused.status_code, acme.json(refused)["code"]) == (409, "attempt-in-flight")

    time_passes()
    second = claim()
    settle(second, confirmed("p2"))

    done = acme.read(payout["id"])
    assert (done["status"], done["attempts"], done["next_attempt_at"]) == ("completed", 2, None)
    references = list(PayoutAttempt.objects.order_by("number").values_list("reference", flat=True))
    assert len(set(references)) == 2
    assert history(payout["id"]) == [
        "payout.created",
        "payout.claimed",
        "payout.progressed",
        "payout.retried",
        "payout.completed",
    ]


def test_a_refusal_is_tried_again_no_more_often_than_the_table_says(
    acme: Client, time_passes: Callable[[], None]
) -> None:
    payout = acme.create()
    for _ in range(4):
        time_passes()
        settle(claim(), rejected(RejectionCode.RECIPIENT_UNREACHABLE))

    failed = acme.read(payout["id"])
    assert (failed["status"], failed["attempts"], failed["failure"]["code"]) == ("failed", 4, "recipient_unreachable")


def test_a_payout_that_kills_whoever_takes_it_is_parked_and_the_others_flow(
    acme: Client, simulator: SimulatorProcess, time_passes: Callable[[], None]
) -> None:
    poison = acme.create()
    claim()
    for _ in range(claims.MOST_CLAIMS - 1):
        time_passes()
        claim_due()  # …and the worker dies of it.
    time_passes()

    assert claims.claim_due("simulator", 10).items == []
    assert claims.park_hopeless("simulator") == 1
    assert claims.park_hopeless("simulator") == 0

    parked = acme.read(poison["id"])
    assert (parked["status"], parked["progress"]) == ("processing", "unknown")
    assert history(poison["id"])[-1] == "payout.parked"
    other = acme.create()
    engine.pay_ready("simulator", budget_seconds=10)
    assert acme.read(other["id"])["status"] == "completed"


def test_a_late_answer_that_contradicts_the_end_is_told_and_kept(acme: Client, time_passes: Callable[[], None]) -> None:
    payout = acme.create()
    frozen = claim()
    time_passes()
    settle(claim_due(), rejected(RejectionCode.REFUSED_BY_PROVIDER))

    settle(frozen, confirmed("late"))

    told = acme.read(payout["id"])
    assert told["status"] == "failed"
    assert history(payout["id"])[-1] == "payout.discrepancy_found"
    late = Exchange.objects.get(late=True)
    assert (late.call, late.outcome) == ("submit", "confirmed")


def test_every_answer_is_kept_beside_its_attempt(acme: Client, time_passes: Callable[[], None]) -> None:
    acme.create()
    settle(claim(), unknown("no answer", evidence={"sent": True}))
    time_passes()
    settle(claim_due(), confirmed("p1", evidence={"http_status": 200}))

    kept = list(Exchange.objects.order_by("id").values_list("call", "outcome", "evidence"))
    assert kept == [
        ("submit", "unknown", {"sent": True, "why": "no answer"}),
        ("inquire", "confirmed", {"http_status": 200}),
    ]


def test_a_person_may_end_the_trying(acme: Client) -> None:
    payout = acme.create()
    settle(claim(), rejected(RejectionCode.RECIPIENT_UNREACHABLE))

    failed = acme.json(acme.patch(address(payout["id"]), {"status": "failed", "reason": "The bank is closed"}))

    assert (failed["status"], failed["failure"]["code"]) == ("failed", "reported_by_person")
    assert failed["next_attempt_at"] is None


def test_one_row_that_cannot_be_settled_spoils_no_other(acme: Client, superuser: psycopg.Connection) -> None:
    good, bad = acme.create(), acme.create()
    taken = {payout_id_text(item.attempt.payout_id): item for item in claims.claim_payable("simulator", 10).items}
    answers: list[tuple[claims.Claimed, Outcome | None]] = [
        (taken[bad["id"]], confirmed("p1", evidence={"text": "\x00"})),  # PostgreSQL stores no NUL.
        (taken[good["id"]], confirmed("p2")),
    ]

    engine.record(answers)

    assert acme.read(good["id"])["status"] == "completed"
    assert acme.read(bad["id"])["status"] == "processing"


def test_what_the_provider_said_before_the_person_decided_otherwise_is_a_discrepancy(
    acme: Client, time_passes: Callable[[], None]
) -> None:
    payout = acme.create()
    frozen = claim()
    time_passes()
    settle(claim_due(), unknown("no answer"))
    settle(frozen, confirmed("late"))

    grounds = {"reason": "Not on the statement", "evidence": {"kind": "bank_statement", "text": "Nothing"}}
    acme.patch(address(payout["id"]), {"status": "failed", **grounds})

    assert history(payout["id"])[-2:] == ["payout.failed", "payout.discrepancy_found"]


def test_news_of_a_parked_payout_lets_it_be_asked_about_again(
    acme: Client, simulator: SimulatorProcess, time_passes: Callable[[], None]
) -> None:
    payout = acme.create()
    frozen = claim()
    for _ in range(claims.MOST_CLAIMS - 1):
        time_passes()
        claim_due()
    time_passes()
    claims.park_hopeless("simulator")
    registry.get("simulator").submit(engine.instruction(frozen))

    settle(frozen, confirmed("late"))
    engine.ask_due("simulator", budget_seconds=10)

    assert acme.read(payout["id"])["status"] == "completed"


def test_the_same_reference_always_carries_the_same_request(acme: Client, time_passes: Callable[[], None]) -> None:
    payout = acme.create(metadata={"order": "1"})
    before = engine.instruction(claim())
    acme.patch(address(payout["id"]), {"metadata": {"order": "2"}})
    time_passes()

    assert engine.instruction(claim_due()) == before
