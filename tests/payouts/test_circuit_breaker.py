"""An ill provider is left alone, tried by one payout at a time, and used again once it answers."""

from __future__ import annotations

import psycopg
import pytest
from pytest_django import Settings

from payouts_service.connectors.contract import RejectionCode, accepted, rejected, unknown
from payouts_service.payouts import claims, engine, flow
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


def pause_seconds(superuser: psycopg.Connection) -> float:
    row = superuser.execute("SELECT extract(epoch FROM ill_until - now()) FROM payouts_connectorstate").fetchone()
    assert row is not None
    return float(row[0])


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
    pauses = [pause_seconds(superuser)]
    for _ in range(6):
        ill.create()
        pause_is_over(superuser)
        [probe] = claims.claim_payable("simulator", 10).items
        engine.record([(probe, NO_ANSWER)])
        pauses.append(pause_seconds(superuser))

    assert [round(pause / 5) for pause in pauses] == [1, 2, 4, 8, 12, 12, 12]


def test_late_failures_of_the_same_outage_make_no_pause_longer(acme: Client, superuser: psycopg.Connection) -> None:
    for _ in range(3 * flow.FAILURES_TO_BE_ILL):
        acme.create()
    items = claims.claim_payable("simulator", 100).items
    for item in items:
        engine.record([(item, NO_ANSWER)])

    assert round(pause_seconds(superuser)) == flow.FIRST_PAUSE_SECONDS
    assert ConnectorState.objects.get().openings == 1


def test_answers_between_keep_it_well(acme: Client) -> None:
    for _ in range(2 * flow.FAILURES_TO_BE_ILL):
        acme.create()
    items = claims.claim_payable("simulator", 100).items
    for number, item in enumerate(items):
        engine.record([(item, accepted("p1") if number % 9 == 8 else NO_ANSWER)])

    assert ConnectorState.objects.get().ill_until is None
