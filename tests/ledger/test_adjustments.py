"""What is not the tenant's to pay out after all, an operator takes from its account: once, with a reason."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from payouts_service.cli import main
from payouts_service.connectors.contract import confirmed, unknown
from payouts_service.events.models import Event
from payouts_service.ledger.models import Adjustment
from payouts_service.payouts import claims, settlement
from payouts_service.payouts.models import PayoutAttempt
from payouts_service.payouts.settlement import Result as Answer
from tests.audit.stories import broken
from tests.client import Client, address
from tests.events.history import history
from tests.ledger.money import balances, limit

GROUNDS = {"reason": "Not on the statement", "evidence": {"kind": "bank_statement", "text": "Nothing"}}


def adjust(amount: str, external_id: str = "statement-42/7", *more: str, reason: str = "Credited twice") -> Result:
    named = ("--tenant", "Acme", "--currency", "eur", "--amount", amount, "--external-id", external_id)
    return CliRunner().invoke(main, ["adjust", *named, "--reason", reason, *more])


def test_a_payment_that_a_person_called_failed_and_the_provider_made(acme: Client) -> None:
    payout = acme.create()["id"]
    [item] = claims.claim_payable("simulator", 1).items
    asked = Answer(item.attempt.payout_id, item.attempt.id, item.token, "submit", unknown("no answer"))
    settlement.settle([asked])
    acme.patch(address(payout), {"status": "failed", **GROUNDS})
    late = Answer(asked.payout_id, asked.attempt_id, asked.claim_token, "submit", confirmed("late"))
    assert settlement.settle([late]) == [late]

    # Nobody decides it but a person.
    assert (acme.read(payout)["status"], history(payout)[-1]) == ("failed", "payout.discrepancy_found")
    assert balances(acme.tenant_id) == {}
    taken = adjust("150.00", payout, reason="The provider shows it as paid")

    assert taken.exit_code == 0, taken.output
    assert balances(acme.tenant_id) == {"available": -150, "funding": 150}
    assert acme.read(payout)["status"] == "failed"
    assert PayoutAttempt.objects.get().returns_due_at is None
    assert broken() == {}


def test_a_wrong_top_up_is_taken_back_and_told(acme: Client) -> None:
    acme.post("/api/top-ups/", {"amount": "25.00", "currency": "EUR"})

    told = json.loads(adjust("25", "statement-42/7", "--json").output)

    assert balances(acme.tenant_id) == {}
    event = Event.objects.get(type="account.adjusted")
    assert (event.data, event.actor_type) == (told, "command")
    assert (told["amount"], told["external_id"], told["reason"]) == ("25.00", "statement-42/7", "Credited twice")
    accounts = acme.json(acme.get("/api/accounts/?currency=EUR"))["data"]
    [account] = [one for one in accounts if one["kind"] == "available"]
    newest, _ = acme.json(acme.get(f"/api/accounts/{account['id']}/entries/"))["data"]
    assert (newest["kind"], newest["amount"], newest["subject"]) == ("adjustment", "-25.00", told["id"])
    assert broken() == {}


def test_the_same_is_taken_once(acme: Client) -> None:
    assert [adjust(amount).exit_code for amount in ("10", "10", "20")] == [0, 1, 1]

    assert "booked already" in adjust("10").output
    assert balances(acme.tenant_id)["available"] == -10


def test_no_more_is_taken_than_the_account_allows(acme: Client) -> None:
    limit(acme.tenant_id, "EUR", 0)

    refused = adjust("10")

    assert (refused.exit_code, "Raise the account's limit first" in refused.output) == (1, True)
    assert (Adjustment.objects.count(), Event.objects.filter(type="account.adjusted").count()) == (0, 0)
    limit(acme.tenant_id, "EUR", 10)
    assert adjust("10").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(("0",), "amount: "), (("1", "a b"), "external_id: "), (("1", "4111111111111111"), "card")],
)
def test_what_is_none_is_refused_in_a_sentence(acme: Client, arguments: tuple[str, ...], sentence: str) -> None:
    refused = adjust(*arguments)

    assert (refused.exit_code, sentence in refused.output) == (1, True), refused.output
    assert balances(acme.tenant_id) == {}
