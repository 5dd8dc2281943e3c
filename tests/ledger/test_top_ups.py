"""A top-up credits money once, however often it is told, and lets those go on that waited for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.http import HttpResponse

from payouts_service.cli import main
from payouts_service.events.models import Event
from payouts_service.ledger.models import Entry
from payouts_service.payouts import claims, engine, funds
from payouts_service.payouts.models import Payout
from tests.client import Client, address
from tests.concurrency import at_once
from tests.http.problem_documents import problem
from tests.ledger.money import balances, limit, top_up

TOP_UPS = "/api/top-ups/"
BODY = {"amount": "25.00", "currency": "EUR"}


def tell(client: Client, key: str | None = None, **changes: Any) -> HttpResponse:
    headers = {} if key is None else {"Idempotency_Key": key}
    return client.post(TOP_UPS, {**BODY, **changes}, **headers)


def payouts(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_it_is_credited_and_told(acme: Client) -> None:
    response = tell(acme, external_id="statement-1", comment="By bank")

    told = acme.json(response)
    assert response.status_code == 201
    assert (told["amount"], told["external_id"], told["comment"]) == ("25.00", "statement-1", "By bank")
    assert acme.json(acme.get(response["Location"])) == told
    assert balances(acme.tenant_id) == {"funding": -25, "available": 25}
    event = Event.objects.get(type="top_up.created")
    assert event.data == told


def test_the_same_key_credits_once(acme: Client) -> None:
    answers = at_once(8, lambda _: tell(acme, "key-1"))

    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer["Location"] for answer in done}) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert "Idempotent-Replayed" in tell(acme, "key-1").headers
    assert balances(acme.tenant_id)["available"] == 25


def test_a_key_of_another_top_up_is_refused(acme: Client) -> None:
    first = acme.json(tell(acme, "key-1"))

    refused = problem(tell(acme, "key-1", amount="26.00"), 422, "idempotency-key-reused")

    assert refused["top_up_id"] == first["id"]


def test_an_external_id_credits_once(acme: Client, globex: Client) -> None:
    first = acme.json(tell(acme, external_id="statement-1"))

    refused = problem(tell(acme, external_id="statement-1"), 409, "top-up-exists")

    assert refused["top_up_id"] == first["id"]
    assert tell(globex, external_id="statement-1").status_code == 201
    assert Entry.objects.count() == 2


@pytest.mark.parametrize(
    "wrong", [{"amount": "0"}, {"amount": "1.001"}, {"amount": 1.5}, {"currency": "XXX"}, {"x": 1}]
)
def test_what_is_no_amount_is_refused(acme: Client, wrong: dict[str, Any]) -> None:
    problem(tell(acme, **wrong), 400, "invalid-fields")
    assert Entry.objects.count() == 0


def test_another_tenant_does_not_see_it(acme: Client, globex: Client) -> None:
    problem(globex.get(tell(acme)["Location"]), 404, "not-found")


def test_it_lets_those_go_on_that_waited_for_it(acme: Client) -> None:
    limit(acme.tenant_id, "EUR", 0)
    tell(acme, amount="50.00")
    at_once(100, lambda _: acme.create(amount="1.00", connector="instant"))
    for _ in range(3):
        engine.pay_ready("instant", budget_seconds=20)
    assert Payout.objects.filter(status="completed").count() == 50
    assert Payout.objects.filter(blockers=["funds"]).count() == 50

    tell(acme, amount="25.00")
    assert Payout.objects.filter(status="created", blockers=[]).count() == 25  # Without waiting for a sweep.
    engine.pay_ready("instant", budget_seconds=20)

    assert Payout.objects.filter(status="completed").count() == 75
    assert Payout.objects.filter(blockers=["funds"]).count() == 25
    assert balances(acme.tenant_id) == {"funding": -75, "paid_out": 75}


def test_the_sweep_finishes_what_a_crash_after_the_top_up_left(acme: Client) -> None:
    limit(acme.tenant_id, "EUR", 0)
    payout = acme.create(amount="25.00", connector="instant")["id"]
    claims.claim_payable("instant", 1)
    top_up(acme.tenant_id, "EUR", 25)  # Committed, and the process died before it released anything.
    assert acme.read(payout)["waiting_for"] == ["funds"]

    funds.release_all(budget_seconds=20)

    assert acme.read(payout)["waiting_for"] == []


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "the account lacks 15.00 EUR"), ("ru", "не хватает 15.00 EUR")]
)
def test_who_asks_is_told_how_much_is_missing(acme: Client, language: str, sentence: str) -> None:
    limit(acme.tenant_id, "EUR", 0)
    tell(acme, amount="10.00")
    payout = acme.create(amount="25.00", connector="instant")["id"]
    claims.claim_payable("instant", 1)

    told = acme.json(acme.get(f"{address(payout)}explain/", Accept_Language=language))

    assert sentence in told["why"]


def test_an_operator_does_the_same_at_a_terminal(acme: Client) -> None:
    assert payouts("accounts", "set-policy", "--tenant", "Acme", "--currency", "eur", "--prefunded").exit_code == 0
    payout = acme.create(amount="25.00", connector="instant")["id"]
    claims.claim_payable("instant", 1)
    assert acme.read(payout)["waiting_for"] == ["funds"]

    done = payouts("top-up", "--tenant", "Acme", "--currency", "EUR", "--amount", "30.00", "--json")

    assert json.loads(done.output)["amount"] == "30.00"
    assert acme.read(payout)["waiting_for"] == []
    shown = payouts("accounts", "--tenant", "Acme", "--json")
    balance = {row["kind"]: row["balance"] for row in json.loads(shown.output)["data"]}
    assert balance["available"] == "30.00"
    assert "prefunded; without funds: wait" in payouts("accounts", "--tenant", "Acme").output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["top-up", "--tenant", "Acme", "--currency", "EUR", "--amount", "x"], "string of digits"),
        (["top-up", "--tenant", "Nobody", "--currency", "EUR", "--amount", "1"], "no tenant of this name"),
        (["accounts", "set-policy", "--tenant", "Acme", "--currency", "EURO", "--prefunded"], "ISO 4217"),
        (["accounts", "set-policy", "--tenant", "Acme", "--currency", "ISK", "--prefunded"], "does not accept ISK"),
        (
            ["accounts", "set-policy", "--tenant", "Acme", "--currency", "EUR", "--credit-limit", "-1"],
            "string of digits",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(acme: Client, arguments: list[str], sentence: str) -> None:
    outcome = payouts(*arguments)

    assert (outcome.exit_code, sentence in outcome.output) == (1, True), outcome.output


def test_a_limit_above_the_balance_is_refused(acme: Client) -> None:
    acme.create(amount="25.00", connector="instant")
    engine.pay_ready("instant", budget_seconds=20)

    outcome = payouts("accounts", "set-policy", "--tenant", "Acme", "--currency", "EUR", "--prefunded")

    assert outcome.exit_code == 1
    assert "Top the account up first" in outcome.output


def test_a_policy_is_told_once(acme: Client) -> None:
    for limited in (["--credit-limit", "10"], ["--credit-limit", "10.00"], ["--unlimited"]):
        payouts("accounts", "set-policy", "--tenant", "Acme", "--currency", "EUR", *limited)

    told = (
        Event.objects.filter(type="account.policy_changed").order_by("sequence").values_list("data__policy", flat=True)
    )
    assert [policy["credit_limit"] for policy in told] == ["10.00", None]
