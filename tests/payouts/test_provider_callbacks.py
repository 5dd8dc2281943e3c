"""A provider's callback is verified, kept once, and brings the inquiry forward; it never decides by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from django.http import HttpResponse
from pytest_django import Settings

from payouts_service.connectors import registry
from payouts_service.connectors.contract import CallbackNotUnderstood, accepted, unknown
from payouts_service.payouts import callbacks, claims, engine, settlement
from payouts_service.payouts.models import Callback, PayoutAttempt
from payouts_service.payouts.settlement import Result
from tests.client import Client
from tests.concurrency import open_transaction
from tests.connectors.test_a_name_gives_a_connector import install
from tests.events.history import history
from tests.http.problem_documents import problem
from tests.simulator_process import SimulatorProcess

SECRET = "a-secret-between-the-bank-and-us-of-the-tests"
ADDRESS = "/api/callbacks/simulator/"


@pytest.fixture(autouse=True)
def agreed(settings: Settings) -> Iterator[None]:
    settings.SIMULATOR_CALLBACK_SECRET = SECRET
    settings.INQUIRY_SECONDS = 3600
    registry.forget_all()
    yield
    registry.forget_all()


def call(client: Client, kind: str, reference: str, *, secret: str = SECRET, **changes: Any) -> HttpResponse:
    """Send what the bank would send, signed after the specification of Standard Webhooks."""
    event_id, address = changes.pop("event_id", "evt_1"), changes.pop("address", ADDRESS)
    rejection = {"code": "compliance", "message": "no"} if kind == "payment.rejected" else None
    data = {"reference": reference, "provider_reference": "sim_1", "amount": "150.00", "currency": "EUR"}
    body = json.dumps({"id": event_id, "type": kind, "data": {**data, "rejection": rejection, **changes}}).encode()
    timestamp = str(int(time.time()))
    content = b".".join([event_id.encode(), timestamp.encode(), body])
    code = base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()
    signature = {"webhook_id": event_id, "webhook_timestamp": timestamp, "webhook_signature": f"v1,{code}"}
    return Client(None).send("POST", address, raw=body, **signature)


def in_doubt(acme: Client, *, paid: bool) -> tuple[dict[str, Any], str]:
    """A payout whose outcome is unknown, and its reference; the bank has paid it or not."""
    payout = acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    if paid:
        registry.get("simulator").submit(engine.instruction(item))
    settlement.settle([Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", unknown("no answer"))])
    return payout, item.attempt.reference


def test_a_callback_brings_the_inquiry_forward(acme: Client, simulator: SimulatorProcess) -> None:
    payout, reference = in_doubt(acme, paid=True)
    engine.ask_due("simulator", budget_seconds=10)
    assert acme.read(payout["id"])["progress"] == "unknown"  # It is not due for an hour.

    assert call(acme, "payment.confirmed", reference).status_code == 204
    engine.ask_due("simulator", budget_seconds=10)

    assert acme.read(payout["id"])["status"] == "completed"


def test_the_same_event_is_taken_once(acme: Client) -> None:
    _, reference = in_doubt(acme, paid=False)

    for _ in range(3):
        assert call(acme, "payment.confirmed", reference).status_code == 204

    assert Callback.objects.count() == 1


SIBLING = """
from payouts_service.connectors.simulator import connector


def build(settings):
    sibling = connector.build(settings)
    sibling.name = "sibling"
    return sibling
"""


def test_events_of_one_id_from_two_providers_are_both_taken(
    acme: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "sibling", SIBLING)
    settings.CONNECTORS = ("simulator", "sibling")

    for name in ("simulator", "sibling", "sibling"):
        assert call(acme, "payment.confirmed", "a" * 32, address=f"/api/callbacks/{name}/").status_code == 204

    taken = Callback.objects.order_by("received_at").values_list("connector", "event_id")
    assert list(taken) == [("simulator", "evt_1"), ("sibling", "evt_1")]


def test_a_forged_one_is_refused_and_moves_nothing(acme: Client) -> None:
    payout, reference = in_doubt(acme, paid=False)
    before = PayoutAttempt.objects.get().next_inquiry_at

    refused = call(acme, "payment.confirmed", reference, secret="somebody-elses-secret-that-is-long-enough")

    problem(refused, 401, "callback-unverified")
    assert Callback.objects.count() == 0
    assert PayoutAttempt.objects.get().next_inquiry_at == before
    assert acme.read(payout["id"])["progress"] == "unknown"


def test_past_an_address_limit_only_those_that_are_refused_are_turned_away(acme: Client, settings: Settings) -> None:
    _, reference = in_doubt(acme, paid=False)
    settings.ADDRESS_REQUESTS_PER_MINUTE = 2  # The first of them made the payout.
    forged = "somebody-elses-secret-that-is-long-enough"

    kept = [call(acme, "payment.confirmed", reference, event_id=f"evt_{number}") for number in range(3)]
    problem(call(acme, "payment.confirmed", reference, secret=forged), 401, "callback-unverified")
    problem(call(acme, "payment.confirmed", reference, secret=forged), 429, "too-many-requests")
    kept.append(call(acme, "payment.confirmed", reference, event_id="evt_last"))

    assert [answer.status_code for answer in kept] == [204] * 4


def test_what_it_says_is_not_believed_without_the_providers_books(acme: Client, simulator: SimulatorProcess) -> None:
    payout, reference = in_doubt(acme, paid=False)

    call(acme, "payment.confirmed", reference)
    engine.ask_due("simulator", budget_seconds=10)

    assert acme.read(payout["id"])["status"] == "processing"


def test_one_before_the_answer_leaves_the_answer_to_the_worker(acme: Client) -> None:
    acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    due = PayoutAttempt.objects.get().next_inquiry_at

    assert call(acme, "payment.confirmed", item.attempt.reference).status_code == 204

    assert PayoutAttempt.objects.get().next_inquiry_at == due
    late = Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", accepted("sim_1"))
    assert settlement.settle([late]) == []


def test_one_before_an_answer_that_is_lost_lets_the_provider_be_asked_at_once(
    acme: Client, simulator: SimulatorProcess
) -> None:
    payout = acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    registry.get("simulator").submit(engine.instruction(item))
    call(acme, "payment.confirmed", item.attempt.reference)

    engine.record([(item, unknown("no answer"))])
    engine.ask_due("simulator", budget_seconds=10)

    assert acme.read(payout["id"])["status"] == "completed"


def test_one_from_before_this_call_hurries_nothing(acme: Client) -> None:
    payout, reference = in_doubt(acme, paid=False)
    call(acme, "payment.confirmed", reference)
    [asked] = claims.claim_due("simulator", 1).items

    engine.record([(asked, unknown("no answer"))])

    assert claims.claim_due("simulator", 1).items == []
    assert acme.read(payout["id"])["progress"] == "unknown"


def test_a_kept_one_is_applied_again_at_an_operators_word(acme: Client, simulator: SimulatorProcess) -> None:
    payout, reference = in_doubt(acme, paid=True)
    call(acme, "payment.confirmed", reference)
    PayoutAttempt.objects.update(next_inquiry_at=None)  # Whatever it had brought is lost.

    for expected in ("asks", "asks"):
        [(row, came)] = callbacks.replay(connector="simulator", since=None, event_id="evt_1")
        assert (row.reference, came) == (reference, expected)
    engine.ask_due("simulator", budget_seconds=10)

    assert acme.read(payout["id"])["status"] == "completed"
    assert [came for _, came in callbacks.replay(connector=None, since=None, event_id=None)] == ["nothing"]
    assert Callback.objects.count() == 1


def test_one_that_the_connector_does_not_understand_yet_is_kept_until_it_does(
    acme: Client, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_old(_body: bytes) -> NoReturn:
        raise CallbackNotUnderstood("it is of a later format")

    payout, reference = in_doubt(acme, paid=True)
    with monkeypatch.context() as before:
        before.setattr(registry.get("simulator"), "translate_callback", too_old)
        for _ in range(2):
            problem(call(acme, "payment.confirmed", reference), 400, "callback-unreadable")
        assert [came for _, came in callbacks.replay(connector=None, since=None, event_id=None)] == ["unreadable"]
    kept = Callback.objects.get()
    assert b"sim_1" not in bytes(kept.body_sealed)

    [(_, came)] = callbacks.replay(connector="simulator", since=None, event_id=None)
    engine.ask_due("simulator", budget_seconds=10)

    assert came == "asks"
    assert acme.read(payout["id"])["status"] == "completed"
    understood = Callback.objects.exclude(body_sealed=b"").get()  # So its payout's erasure takes it along.
    assert (understood.event_id, understood.reference) == ("evt_1", reference)
    assert understood.received_at == kept.received_at
    assert [came for _, came in callbacks.replay(connector=None, since=None, event_id=None)] == ["nothing"]


def test_a_forged_one_that_nobody_understands_is_not_kept(acme: Client) -> None:
    refused = call(acme, "payment.unheard_of", "a" * 32, secret="somebody-elses-secret-that-is-long-enough")

    problem(refused, 401, "callback-unverified")
    assert Callback.objects.count() == 0


def test_one_that_contradicts_the_end_is_told_as_a_discrepancy(acme: Client, simulator: SimulatorProcess) -> None:
    payout = acme.create()
    engine.pay_ready("simulator", budget_seconds=10)

    call(acme, "payment.rejected", PayoutAttempt.objects.get().reference)

    assert acme.read(payout["id"])["status"] == "completed"
    assert history(payout["id"])[-1] == "payout.discrepancy_found"


def test_a_contradiction_that_was_told_is_not_told_again(acme: Client, simulator: SimulatorProcess) -> None:
    payout = acme.create()
    engine.pay_ready("simulator", budget_seconds=10)
    call(acme, "payment.rejected", PayoutAttempt.objects.get().reference)

    assert [came for _, came in callbacks.replay(connector=None, since=None, event_id=None)] == ["nothing"]

    assert history(payout["id"]).count("payout.discrepancy_found") == 1


def test_those_that_cannot_be_applied_again_stop_no_others(acme: Client, superuser: psycopg.Connection) -> None:
    first, second = (in_doubt(acme, paid=False)[1] for _ in range(2))
    call(acme, "payment.confirmed", first, event_id="evt_1")
    call(acme, "payment.confirmed", second, event_id="evt_2")
    superuser.execute("UPDATE payouts_callback SET body_sealed = 'k' WHERE event_id = 'evt_1'")
    with open_transaction("SELECT FROM payouts_payout FOR NO KEY UPDATE"):
        came = [came for _, came in callbacks.replay(connector=None, since=None, event_id=None)]

    assert came == ["unreadable", "locked"]


def test_one_about_an_unknown_reference_is_kept(acme: Client) -> None:
    assert call(acme, "payment.confirmed", "a" * 32).status_code == 204
    assert Callback.objects.get().reference == "a" * 32


def test_a_connector_without_callbacks_has_no_such_door(anonymous: Client) -> None:
    for name in ("manual", "instant", "nobody"):
        problem(anonymous.send("POST", f"/api/callbacks/{name}/", {}), 404, "not-found")


def test_the_body_is_sealed_at_rest(acme: Client, superuser: psycopg.Connection) -> None:
    _, reference = in_doubt(acme, paid=False)
    call(acme, "payment.confirmed", reference)
    row = superuser.execute("SELECT body_sealed FROM payouts_callback").fetchone()
    assert row is not None
    assert b"sim_1" not in row[0]
