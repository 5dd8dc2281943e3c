from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from payouts_service.audit.books import BOOKS_INVARIANTS
from payouts_service.audit.services import Books
from payouts_service.connectors.simulator.books import BooksUnreadable, Effect, read_books
from payouts_service.payouts import engine
from payouts_service.payouts.models import PayoutAttempt
from payouts_service.payouts.queries import database_now
from tests.audit.stories import broken
from tests.client import PLAIN_PAYOUT, Client
from tests.eventually import eventually
from tests.simulator_process import SimulatorProcess, free_port


@pytest.fixture
def paid(acme: Client, simulator: SimulatorProcess) -> str:
    """A payout that the simulated provider paid."""
    payout: str = acme.create(**PLAIN_PAYOUT)["id"]
    engine.pay_ready("simulator", budget_seconds=20)
    assert acme.read(payout)["status"] == "completed"
    return payout


@pytest.fixture
def effect(paid: str, simulator: SimulatorProcess) -> Effect:
    """What the provider's books say of it."""
    reference = PayoutAttempt.objects.get().reference
    [found] = [effect for effect in read_books(simulator.url, timeout_seconds=5) if effect.reference == reference]
    return found


def books(*effects: Effect) -> Books:
    return Books(effects, asked_at=database_now())


def test_what_was_paid_as_asked_breaks_nothing(effect: Effect) -> None:
    assert (Decimal(effect.amount), effect.currency) == (Decimal(100), "USD")
    assert broken(books(effect)) == {}


def test_a_reference_paid_twice_is_named(effect: Effect) -> None:
    twice = books(effect, effect)

    assert broken(twice) == {"a_reference_is_paid_once": (effect.reference,)}


def test_a_payout_paid_under_two_references_is_named(effect: Effect, paid: str, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO payouts_payoutattempt (id, payout_id, number, connector, reference, outcome, evidence, opened_at,"
        " closed_at) SELECT gen_random_uuid(), payout_id, 2, connector, 'another', 'rejected', evidence, opened_at,"
        " closed_at FROM payouts_payoutattempt"
    )

    named = broken(books(effect, dataclasses.replace(effect, reference="another")))

    assert named["a_payout_is_paid_once"] == (paid,)
    assert named["what_was_refused_is_not_paid"] == (paid,)


def test_money_that_nobody_asked_for_is_named(effect: Effect) -> None:
    assert broken(books(effect, dataclasses.replace(effect, reference="nobodys"))) == {
        "what_was_paid_is_known": ("nobodys",)
    }


def test_a_failed_payout_that_was_paid_is_named(acme: Client, simulator: SimulatorProcess) -> None:
    payout = acme.create(metadata={"simulator": "reject"})["id"]
    engine.pay_ready("simulator", budget_seconds=20)
    reference = PayoutAttempt.objects.get().reference
    assert broken(books()) == {}

    paid_all_the_same = Effect(reference=reference, amount="150.00", currency="EUR")

    assert broken(books(paid_all_the_same)) == {"what_was_refused_is_not_paid": (payout,)}


def test_money_that_came_back_may_have_been_paid(acme: Client, simulator: SimulatorProcess) -> None:
    acme.create(metadata={"simulator": "reject"})
    engine.pay_ready("simulator", budget_seconds=20)
    reference = PayoutAttempt.objects.get().reference

    assert broken(books(Effect(reference=reference, amount="150.00", currency="EUR", returned=True))) == {}


def test_a_completed_payout_that_was_not_paid_is_named(paid: str) -> None:
    assert broken(books()) == {"what_is_completed_is_paid": (paid,)}


def test_a_payout_completed_after_the_books_were_asked_for_is_not_blamed(
    acme: Client, simulator: SimulatorProcess
) -> None:
    older = books()
    acme.create(**PLAIN_PAYOUT)
    engine.pay_ready("simulator", budget_seconds=20)

    assert broken(older) == {}


@pytest.mark.parametrize("change", [{"amount": "100.01"}, {"currency": "EUR"}])
def test_another_amount_or_currency_is_named(effect: Effect, paid: str, change: dict[str, Any]) -> None:
    assert broken(books(dataclasses.replace(effect, **change))) == {"what_was_paid_is_what_was_asked": (paid,)}


def test_a_payout_in_flight_may_have_been_paid_already(acme: Client, simulator: SimulatorProcess) -> None:
    acme.create(metadata={"simulator": "lose"})
    engine.pay_ready("simulator", budget_seconds=20)
    attempt = PayoutAttempt.objects.get()
    assert attempt.outcome == "unknown"

    assert broken(books(Effect(reference=attempt.reference, amount="150.00", currency="EUR"))) == {}


def test_the_books_are_read_to_their_last_page(acme: Client, simulator: SimulatorProcess) -> None:
    for _ in range(120):
        acme.create()
    engine.pay_ready("simulator", budget_seconds=60)

    effects = read_books(simulator.url, timeout_seconds=5)

    references = [effect.reference for effect in effects]
    assert references == [effect["reference"] for effect in simulator.books()]
    assert set(PayoutAttempt.objects.values_list("reference", flat=True)) <= set(references)


def test_the_books_tell_what_came_back(acme: Client, simulator: SimulatorProcess) -> None:
    acme.create(metadata={"simulator": "return:0.1"})
    acme.create()
    engine.pay_ready("simulator", budget_seconds=20)
    references = list(PayoutAttempt.objects.order_by("number", "id").values_list("reference", flat=True))

    def returned() -> list[bool]:
        effects = {effect.reference: effect for effect in read_books(simulator.url, timeout_seconds=5)}
        return [effects[reference].returned for reference in references]

    eventually(lambda: sorted(returned()) == [False, True])


def test_books_that_cannot_be_read_are_an_error() -> None:
    with pytest.raises(BooksUnreadable, match="could not be reached"):
        read_books(f"http://127.0.0.1:{free_port()}", timeout_seconds=1)


def test_every_invariant_of_the_books_is_broken_by_a_test() -> None:
    text = Path(__file__).read_text()
    assert [invariant.name for invariant in BOOKS_INVARIANTS if f'"{invariant.name}"' not in text] == []
