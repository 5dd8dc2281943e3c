"""Money that came back is an object of its own; the payout stays completed, and never more comes back than was paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError
from django.http import HttpResponse
from pytest_django import Settings

from payouts_service.connectors import registry
from payouts_service.connectors.contract import Outcome, confirmed
from payouts_service.events.models import Event
from payouts_service.kit.clock import utc_now
from payouts_service.ledger.models import Entry
from payouts_service.payouts import claims, engine, erasure, funds, queries, returns, settlement, steps
from payouts_service.payouts.models import Payout, PayoutAttempt, Return
from payouts_service.payouts.settlement import Result
from payouts_service.tenants.scopes import Scope
from payouts_service.tenants.services import create_tenant
from tests.audit.stories import broken
from tests.client import Client, address
from tests.concurrency import at_once
from tests.events.history import history
from tests.eventually import eventually
from tests.http.problem_documents import problem
from tests.ledger.money import balances, limit, top_up
from tests.payouts.test_provider_callbacks import SECRET, call
from tests.simulator_process import SimulatorProcess

BODY = {"provider_reference": "R-1", "reason": "Account closed"}


@pytest.fixture
def paid(acme: Client) -> str:
    """A completed payout of 150.00 EUR."""
    payout: str = acme.create(connector="instant")["id"]
    engine.pay_ready("instant", budget_seconds=20)
    return payout


@pytest.fixture
def agreed(settings: Settings) -> Iterator[None]:
    settings.SIMULATOR_CALLBACK_SECRET = SECRET
    registry.forget_all()
    yield
    registry.forget_all()


def tell(client: Client, payout: str, **changes: Any) -> HttpResponse:
    return client.post(f"{address(payout)}returns/", {**BODY, **changes})


def pay(scenario: str, acme: Client) -> str:
    payout: str = acme.create(metadata={"simulator": scenario})["id"]
    engine.pay_ready("simulator", budget_seconds=20)
    return payout


def test_all_of_it_comes_back(acme: Client, paid: str) -> None:
    response = tell(acme, paid)

    told = acme.json(response)
    assert (response.status_code, told["object"], told["payout"], told["amount"]) == (201, "return", paid, "150.00")
    payout = acme.read(paid)
    assert (payout["status"], payout["returns"]) == ("completed", [told])
    assert acme.json(acme.get("/api/payouts/"))["data"][0]["returns"] == [told]
    assert balances(acme.tenant_id) == {"paid_out": 150, "returned": -150}
    assert Event.objects.get(type="payout.returned").data["returns"] == [told]
    assert history(paid)[-1] == "payout.returned"


def test_some_of_it_comes_back_until_nothing_is_left(acme: Client, paid: str) -> None:
    for number, amount in enumerate(("50.00", "99.99")):
        assert tell(acme, paid, amount=amount, provider_reference=f"R-{number}").status_code == 201

    refused = problem(tell(acme, paid, amount="0.02", provider_reference="R-9"), 409, "return-exceeds-payment")
    assert refused["left"] == "0.01"
    assert acme.json(tell(acme, paid, provider_reference="R-9"))["amount"] == "0.01"
    problem(tell(acme, paid, provider_reference="R-10"), 409, "return-exceeds-payment")
    assert balances(acme.tenant_id)["returned"] == -150


def test_the_same_reference_is_booked_once(acme: Client, paid: str) -> None:
    answers = at_once(8, lambda _: tell(acme, paid, amount="10.00"))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert tell(acme, paid, amount="10.00")["Idempotent-Replayed"] == "true"
    assert Return.objects.count() == Entry.objects.filter(kind="return").count() == 1
    problem(tell(acme, paid, amount="11.00"), 409, "return-exists")


def test_returns_at_once_never_exceed_what_was_paid(acme: Client, paid: str) -> None:
    at_once(8, lambda number: tell(acme, paid, amount="50.00", provider_reference=f"R-{number}"))

    assert Payout.objects.get().returned_amount <= 150
    with pytest.raises(IntegrityError, match="payout_returned_at_most_what_was_paid"):
        Payout.objects.update(returned_amount=151)


def test_what_has_not_left_cannot_come_back(acme: Client) -> None:
    payout = acme.create(connector="manual")["id"]
    problem(tell(acme, payout), 409, "not-returnable")
    acme.patch(address(payout), {"status": "processing"})
    problem(tell(acme, payout), 409, "not-returnable")
    assert acme.read(payout)["returns"] == []


@pytest.mark.parametrize("wrong", [{"amount": "1.001"}, {"amount": "0"}, {"amount": None}, {"reason": ""}, {"x": 1}])
def test_what_is_no_return_is_refused(acme: Client, paid: str, wrong: dict[str, Any]) -> None:
    problem(tell(acme, paid, **wrong), 400, "invalid-fields")


def test_another_tenant_cannot_tell_of_it(acme: Client, globex: Client, paid: str) -> None:
    problem(tell(globex, paid), 404, "not-found")


def test_money_that_came_back_is_for_who_waits(acme: Client) -> None:
    limit(acme.tenant_id, "EUR", 0)
    top_up(acme.tenant_id, "EUR", 150)
    first, second = (acme.create(connector="instant")["id"] for _ in range(2))
    for _ in range(2):
        engine.pay_ready("instant", budget_seconds=20)
    assert acme.read(second)["waiting_for"] == ["funds"]

    tell(acme, first)

    assert acme.read(second)["waiting_for"] == []


def as_a_release_without_a_ledger_left_it(superuser: psycopg.Connection, *statements: LiteralString) -> None:
    for statement in ("SET session_replication_role = replica", *statements, "SET session_replication_role = origin"):
        superuser.execute(statement)


def test_one_of_a_payout_that_the_ledger_did_not_pay_moves_no_money(
    acme: Client, superuser: psycopg.Connection, paid: str
) -> None:
    as_a_release_without_a_ledger_left_it(
        superuser, "DELETE FROM ledger_entry", "UPDATE ledger_account SET balance = 0"
    )

    told = acme.json(tell(acme, paid, amount="40.00"))

    assert acme.read(paid)["returns"] == [told]
    assert balances(acme.tenant_id) == {}
    assert broken() == {}


def test_one_of_a_payout_that_is_not_posted_yet_comes_after_its_post(
    acme: Client, superuser: psycopg.Connection, paid: str
) -> None:
    as_a_release_without_a_ledger_left_it(
        superuser,
        "DELETE FROM ledger_entry WHERE kind = 'post'",
        "UPDATE ledger_account SET balance = CASE kind WHEN 'held' THEN 150 WHEN 'available' THEN -150 ELSE 0 END",
        "UPDATE payouts_payout SET held = true",
    )

    tell(acme, paid, amount="40.00")
    funds.catch_up(budget_seconds=20)

    assert balances(acme.tenant_id) == {"available": -110, "paid_out": 150, "returned": -40}
    assert broken() == {}


def test_a_providers_callback_ends_in_a_return(acme: Client, simulator: SimulatorProcess, agreed: None) -> None:
    payout = pay("return:0.1", acme)
    attempt = PayoutAttempt.objects.get()
    eventually(lambda: bool(simulator.noted("returns", attempt.reference)))

    for event in ("evt_1", "evt_1", "evt_2"):
        assert call(acme, "payment.returned", attempt.reference, event_id=event).status_code == 204
        returns.ask_due("simulator")

    [told] = acme.read(payout)["returns"]
    assert (told["amount"], told["provider_reference"]) == ("150.00", "evt_1/150.00")
    assert history(payout)[-2:] == ["payout.completed", "payout.returned"]
    assert balances(acme.tenant_id) == {"paid_out": 150, "returned": -150}
    assert not returns.is_due("simulator")


def test_what_a_person_told_before_is_not_booked_again(acme: Client, simulator: SimulatorProcess, agreed: None) -> None:
    payout = pay("return:0.1", acme)
    attempt = PayoutAttempt.objects.get()
    tell(acme, payout, amount="40.00", provider_reference="evt_1")
    eventually(lambda: bool(simulator.noted("returns", attempt.reference)))

    call(acme, "payment.returned", attempt.reference)
    returns.ask_due("simulator")

    assert [told["amount"] for told in acme.read(payout)["returns"]] == ["40.00", "110.00"]
    assert broken() == {}


def test_what_the_provider_told_before_a_person_tells_only_as_another(
    acme: Client, simulator: SimulatorProcess, agreed: None
) -> None:
    payout = pay("return:0.1", acme)
    tell(acme, payout, amount="100.00")
    attempt = PayoutAttempt.objects.get()
    eventually(lambda: bool(simulator.noted("returns", attempt.reference)))
    call(acme, "payment.returned", attempt.reference)
    returns.ask_due("simulator")
    Payout.objects.update(amount=300)  # As if the provider had told of a part.
    told = {"amount": "50.00", "provider_reference": "R-2"}

    problem(tell(acme, payout, **told), 409, "return-told-by-provider")
    assert tell(acme, payout, **told, is_another=True).status_code == 201
    assert tell(acme, payout, amount="100.00", provider_reference="R-3").status_code == 201


def test_one_that_cannot_be_booked_spoils_no_others(acme: Client, simulator: SimulatorProcess, agreed: None) -> None:
    payouts = [pay("return:0.1", acme) for _ in range(2)]
    tell(acme, payouts[0], amount="40.00", provider_reference="evt_1/150.00")
    for number, attempt in enumerate(PayoutAttempt.objects.order_by("id"), start=1):
        eventually(lambda: bool(simulator.noted("returns", attempt.reference)))  # noqa: B023 - called at once
        call(acme, "payment.returned", attempt.reference, event_id=f"evt_{number}")

    returns.ask_due("simulator")

    assert [[told["amount"] for told in acme.read(payout)["returns"]] for payout in payouts] == [["40.00"], ["150.00"]]


def test_each_is_leased_when_its_turn_has_come(acme: Client, simulator: SimulatorProcess, agreed: None) -> None:
    for _ in range(2):
        pay("confirm", acme)
    PayoutAttempt.objects.update(returns_due_at=queries.database_now())
    leased: list[int] = []

    def look(name: str, moment: steps.Moment) -> None:
        if (name, moment) == ("inquire", "before"):
            leased.append(PayoutAttempt.objects.filter(lease_until__isnull=False).count())

    steps.watch(look)
    try:
        returns.ask_due("simulator")
    finally:
        steps.watch(lambda *_: None)

    assert leased == [1, 1]


def test_one_that_comes_before_the_payment_is_known_is_not_forgotten(
    acme: Client, simulator: SimulatorProcess, agreed: None
) -> None:
    payout = pay("lose:return:0.1", acme)
    attempt = PayoutAttempt.objects.get()
    eventually(lambda: bool(simulator.noted("returns", attempt.reference)))

    call(acme, "payment.returned", attempt.reference)
    returns.ask_due("simulator")
    assert acme.read(payout)["status"] == "processing"
    engine.ask_due("simulator", budget_seconds=20)
    returns.ask_due("simulator")

    assert [told["amount"] for told in acme.read(payout)["returns"]] == ["150.00"]


def test_one_that_the_answer_about_the_payment_tells_of_is_booked(acme: Client, simulator: SimulatorProcess) -> None:
    payout = pay("lose:return:0.1", acme)
    attempt = PayoutAttempt.objects.get()
    eventually(lambda: bool(simulator.noted("returns", attempt.reference)))
    PayoutAttempt.objects.update(next_inquiry_at=queries.database_now())

    engine.ask_due("simulator", budget_seconds=20)
    returns.ask_due("simulator")

    [told] = acme.read(payout)["returns"]
    assert (told["amount"], told["provider_reference"]) == ("150.00", f"{attempt.reference}/150.00")


@pytest.mark.parametrize("late_first", [True, False])
def test_one_that_only_a_late_answer_tells_of_is_booked(
    acme: Client, simulator: SimulatorProcess, *, late_first: bool
) -> None:
    payout = acme.create(metadata={"simulator": "return:0.1"})["id"]
    [item] = claims.claim_payable("simulator", 1).items
    registry.get("simulator").submit(engine.instruction(item))
    eventually(lambda: bool(simulator.noted("returns", item.attempt.reference)))
    own = Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", confirmed("p"))
    late = replace(own, claim_token=uuid4(), call="inquire", outcome=confirmed("p", returned=Decimal(150)))

    for result in (late, own) if late_first else (own, late):
        assert settlement.settle([result]) == ([late] if result is late else [])
    returns.ask_due("simulator")

    assert [told["amount"] for told in acme.read(payout)["returns"]] == ["150.00"]
    assert broken() == {}


def test_what_the_provider_does_not_confirm_is_told_as_a_discrepancy(
    acme: Client, simulator: SimulatorProcess, agreed: None
) -> None:
    payout = pay("confirm", acme)

    call(acme, "payment.returned", PayoutAttempt.objects.get().reference)
    returns.ask_due("simulator")

    assert acme.read(payout)["returns"] == []
    assert history(payout)[-1] == "payout.discrepancy_found"


def test_one_of_a_refused_attempt_is_a_discrepancy_and_no_more(
    acme: Client, simulator: SimulatorProcess, agreed: None
) -> None:
    payout = pay("reject", acme)

    call(acme, "payment.returned", PayoutAttempt.objects.get().reference)

    assert PayoutAttempt.objects.get().returns_due_at is None
    assert history(payout)[-1] == "payout.discrepancy_found"


def test_the_money_of_an_attempt_that_did_not_pay_is_not_booked(acme: Client, simulator: SimulatorProcess) -> None:
    payout = pay("return:0.1", acme)
    attempt = PayoutAttempt.objects.get()
    eventually(lambda: bool(simulator.noted("returns", attempt.reference)))
    PayoutAttempt.objects.update(outcome="rejected", returns_due_at=queries.database_now())  # As if another had paid.

    returns.ask_due("simulator")

    assert acme.read(payout)["returns"] == []
    assert history(payout)[-1] == "payout.discrepancy_found"


def test_a_refusal_ends_the_asking(acme: Client, simulator: SimulatorProcess) -> None:
    payout = pay("lose:reject", acme)
    evidence = {"kind": "bank_statement", "text": "Debited"}
    settled = acme.patch(address(payout), {"status": "completed", "reason": "Seen", "evidence": evidence})
    assert settled.status_code == 200
    PayoutAttempt.objects.update(returns_due_at=queries.database_now())

    returns.ask_due("simulator")

    assert PayoutAttempt.objects.get().returns_due_at is None
    assert history(payout)[-1] == "payout.discrepancy_found"


def test_one_of_an_erased_payout_is_left_to_a_person(acme: Client, simulator: SimulatorProcess, agreed: None) -> None:
    payout = pay("return:0.1", acme)
    assert list(erasure.erase(older_than=timedelta(0))) == [1]
    call(acme, "payment.returned", PayoutAttempt.objects.get().reference)

    returns.ask_due("simulator")

    assert PayoutAttempt.objects.get().returns_due_at is None
    assert history(payout)[-1] == "payout.discrepancy_found"


def test_a_provider_that_does_not_answer_is_asked_again_later(
    acme: Client, simulator: SimulatorProcess, agreed: None
) -> None:
    payout = pay("return:0.1", acme)
    call(acme, "payment.returned", PayoutAttempt.objects.get().reference)
    simulator.control(outage="error")
    try:
        returns.ask_due("simulator")
    finally:
        simulator.control(outage=None)

    assert acme.read(payout)["returns"] == []
    attempt = PayoutAttempt.objects.get()
    assert attempt.returns_due_at is not None
    assert attempt.lease_until is None


@steps.step("book_return", writes=True)
def learn(asked: PayoutAttempt | None, outcome: Outcome) -> None:
    assert asked is not None
    returns._learn(asked, outcome)  # noqa: SLF001 - a worker's step, by itself.


def test_who_asked_under_a_lease_that_is_another_workers_now_changes_nothing(acme: Client, paid: str) -> None:
    PayoutAttempt.objects.update(returns_due_at=queries.database_now())
    frozen = returns._claim("instant")  # noqa: SLF001 - as above.
    PayoutAttempt.objects.update(returns_due_at=queries.database_now())  # The lease is over.
    current = returns._claim("instant")  # noqa: SLF001 - as above.

    learn(frozen, confirmed("p"))
    assert history(paid)[-1] == "payout.completed"  # And no discrepancy.

    learn(current, confirmed("p", returned=Decimal(150)))
    assert [told["amount"] for told in acme.read(paid)["returns"]] == ["150.00"]


def test_no_first_key_of_a_tenants_may_say_that_money_came_back(paid: str) -> None:
    first = Client(create_tenant(name="Initech", at=utc_now()))

    assert problem(tell(first, paid), 403, "missing-scope")["scope"] == Scope.RETURNS_WRITE
