"""`payouts replay-callbacks` lets providers be asked again about what their kept callbacks told."""

from __future__ import annotations

import json

import pytest

from payouts_service.connectors.contract import unknown
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.payouts import callbacks, claims, settlement
from payouts_service.payouts.models import Callback, PayoutAttempt
from payouts_service.payouts.settlement import Result
from payouts_service.recipients.sealing import seal
from tests.cli.terminal import run, told
from tests.client import Client


def keep(event_id: str, reference: str, **changes: str) -> None:
    """A callback of the simulated provider, as it was kept; ``changes`` are to its body."""
    data = {"provider_reference": "sim_1", "amount": "150.00", "currency": "EUR", "rejection": None}
    event = {"id": event_id, "type": "payment.confirmed", "data": {**data, "reference": reference}, **changes}
    row_id = ids.new_id()
    Callback.objects.create(
        id=row_id,
        connector="simulator",
        event_id=event_id,
        reference=reference,
        outcome="confirmed",
        body_sealed=seal({"body": json.dumps(event)}, row_id=row_id, column=callbacks.SEALED_COLUMN),
        received_at=utc_now(),
    )


def test_it_brings_inquiries_forward_and_counts_them(acme: Client) -> None:
    acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    lost = Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", unknown("no answer"))
    settlement.settle([lost])
    PayoutAttempt.objects.update(next_inquiry_at=None)
    keep("evt_1", item.attempt.reference)
    keep("evt_2", "a" * 32)

    nothing = {"asks": 0, "nothing": 0, "unreadable": 0, "locked": 0}
    assert told("replay-callbacks", "--since", "2126-01-01") == nothing
    assert told("replay-callbacks", "--connector", "manual") == nothing
    assert told("replay-callbacks", "--event", "evt_2") == {**nothing, "nothing": 1}
    assert not claims.is_due("simulator")

    assert run("replay-callbacks", "--connector", "simulator").stdout == "1 asks, 1 nothing, 0 unreadable, 0 locked.\n"
    assert claims.is_due("simulator")


def test_what_cannot_be_read_is_counted_and_makes_the_exit_code_1(database: None) -> None:
    keep("evt_1", callbacks.NOT_UNDERSTOOD, type="payment.unheard_of")

    outcome = run("replay-callbacks", "--json")

    assert outcome.exit_code == 1
    assert json.loads(outcome.stdout)["unreadable"] == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--connector", "simulater"), "There is no such connector; use one of simulator, "),
        (("--event", "evt_7"), "No such callback is kept; check --event"),
    ],
)
def test_a_name_that_there_is_not_is_refused(database: None, arguments: tuple[str, str], sentence: str) -> None:
    outcome = run("replay-callbacks", *arguments)

    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith(f"Error: {sentence}")
