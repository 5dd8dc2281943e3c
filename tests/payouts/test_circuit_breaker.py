"""An ill provider is left alone, tried by one payout at a time, and used again once it answers."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from pytest_django import Settings

from payouts_service.connectors.contract import RejectionCode, accepted, not_found, rejected, unknown
from payouts_service.payouts import claims, engine, flow, queries
from payouts_service.payouts.models import ConnectorState
from tests.client import Client, address

NO_ANSWER = unknown("no answer")


@pytest.fixture
def ill(acme: Client) -> Client:
    """Acme, after as many submissions without an answer as it takes; three payouts more are ready."""
    for _ in range(flow.FAILURES_TO_BE_ILL + 3):
        acme.create()
    items = claims.claim_payable("simulator", flow.FAILURES_TO_BE_ILL).items
    assert len(items) == flow.FAILURES_TO_BE_ILL
    engine.record([(item, NO_ANSWER) for item in items])
    return acme


def pause_is_over(superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE payouts_connectorstate SET ill_until = now()")


def openings_and_pause(superuser: psycopg.Connection, *, begun_at: datetime) -> tuple[int, range]:
    """How often it was found ill, and the whole seconds between which its pause lies, if it was begun since then."""
    query = "SELECT openings, ill_until - %s, ill_until - clock_timestamp() FROM payouts_connectorstate"
    row = superuser.execute(query, [begun_at]).fetchone()
    assert row is not None
    return row[0], range(int(row[2].total_seconds()), int(row[1].total_seconds()) + 1)


def test_nothing_is_sent_to_an_ill_provider_and_payouts_say_so(ill: Client, settings: Settings) -> None:
    assert claims.claim_payable("simulator", 10).items == []
    waiting = [payout for payout in ill.json(ill.get("/api/payouts/"))["data"] if payout["status"] == "created"]
    assert [payout["waiting_for"] for payout in waiting] == [["provider"]] * 3
    assert ill.create()["waiting_for"] == ["provider"]
    told = ill.json(ill.get(f"{address(waiting[0]['id'])}explain/"))
    assert "does not answer" in told["why"]
    assert told["next_at"] is not None


def test_it_is_still_asked_what_became_of_payments(ill: Client, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE payouts_payoutattempt SET next_inquiry_at = now()")

    asked = claims.claim_due("simulator", 20).items

    assert len(asked) == flow.FAILURES_TO_BE_ILL
    assert not any(item.submits for item in asked)


def test_but_nothing_is_sent_again(ill: Client, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE payouts_payoutattempt SET next_inquiry_at = now(), sends_again = true")

    assert claims.claim_due("simulator", 20).items == []


def test_nor_to_an_ill_provider_that_cannot_be_asked(acme: Client, superuser: psycopg.Connection) -> None:
    for _ in range(2):
        acme.create(connector="instant")
    claims.claim_payable("instant", 2)
    superuser.execute("UPDATE payouts_payoutattempt SET next_inquiry_at = now(), lease_until = now()")
    superuser.execute("UPDATE payouts_connectorstate SET ill_until = now() + interval '1 hour'")

    assert claims.claim_due("instant", 20).items == []

    pause_is_over(superuser)
    [probe] = claims.claim_due("instant", 20).items
    assert probe.submits


def test_after_the_pause_payments_are_sent_again_one_at_a_time(ill: Client, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE payouts_payoutattempt SET next_inquiry_at = now(), sends_again = true")
    pause_is_over(superuser)

    [probe] = claims.claim_due("simulator", 20).items

    assert probe.submits
    assert claims.claim_due("simulator", 20).items == []
    assert claims.claim_payable("simulator", 20).items == []


def test_a_payment_found_to_have_arrived_says_that_it_is_well(ill: Client, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE payouts_payoutattempt SET next_inquiry_at = now()")
    lacking, arrived = claims.claim_due("simulator", 2).items

    engine.record([(lacking, not_found())])
    assert ConnectorState.objects.get().ill_until is not None
    engine.record([(arrived, accepted("p1"))])
    assert ConnectorState.objects.get().ill_until is None


def test_a_fault_of_ours_makes_no_provider_ill(acme: Client, superuser: psycopg.Connection) -> None:
    for _ in range(flow.FAILURES_TO_BE_ILL):
        acme.create()
    superuser.execute("UPDATE payouts_payout SET details_sealed = ''")

    engine.pay_ready("simulator", budget_seconds=20)

    assert ConnectorState.objects.get().ill_until is None


def test_after_the_pause_one_payout_tries_it_and_an_answer_frees_all(
    ill: Client, superuser: psycopg.Connection
) -> None:
    pause_is_over(superuser)

    [probe] = claims.claim_payable("simulator", 10).items
    assert claims.claim_payable("simulator", 10).items == []
    engine.record([(probe, accepted("p1"))])

    assert len(claims.claim_payable("simulator", 10).items) == 2
    assert ill.json(ill.get("/api/payouts/"))["data"][0]["waiting_for"] == []


def test_a_refusal_is_an_answer_too(ill: Client, superuser: psycopg.Connection) -> None:
    pause_is_over(superuser)

    [probe] = claims.claim_payable("simulator", 10).items
    engine.record([(probe, rejected(RejectionCode.COMPLIANCE_REFUSED))])

    assert ConnectorState.objects.get().ill_until is None


def test_a_failed_try_makes_the_pause_longer_up_to_a_minute(ill: Client, superuser: psycopg.Connection) -> None:
    for opening, pause in enumerate([10, 20, 40, 60, 60, 60], start=2):
        ill.create()
        pause_is_over(superuser)
        [probe] = claims.claim_payable("simulator", 10).items
        begun_at = queries.database_now()
        engine.record([(probe, NO_ANSWER)])

        openings, seconds = openings_and_pause(superuser, begun_at=begun_at)
        assert openings == opening
        assert pause in seconds


def test_late_failures_of_the_same_outage_make_no_pause_longer(acme: Client, superuser: psycopg.Connection) -> None:
    for _ in range(2 * flow.FAILURES_TO_BE_ILL):
        acme.create()
    items = claims.claim_payable("simulator", 100).items
    engine.record([(item, NO_ANSWER) for item in items[: flow.FAILURES_TO_BE_ILL]])
    superuser.execute("UPDATE payouts_connectorstate SET ill_until = '2100-01-01'")

    for item in items[flow.FAILURES_TO_BE_ILL :]:
        engine.record([(item, NO_ANSWER)])

    state = ConnectorState.objects.get()
    assert state.openings == 1
    assert state.ill_until == datetime(2100, 1, 1, tzinfo=UTC)


def test_answers_between_keep_it_well(acme: Client) -> None:
    for _ in range(2 * flow.FAILURES_TO_BE_ILL):
        acme.create()
    items = claims.claim_payable("simulator", 100).items
    for number, item in enumerate(items):
        engine.record([(item, accepted("p1") if number % 9 == 8 else NO_ANSWER)])

    assert ConnectorState.objects.get().ill_until is None
