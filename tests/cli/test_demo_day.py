"""The demonstration's day follows from its seed, and asks for nothing that is refused or that nobody understands."""

from __future__ import annotations

from payouts_service.cli.demo import day
from payouts_service.http.validation import validate
from payouts_service.payouts.requests import CreatePayout
from payouts_simulator.scenarios import parse
from tests.cli.terminal import run
from tests.client import Client

CURRENCIES = ("KGS", "EUR", "RUB", "USD")


def test_the_same_seed_is_the_same_day() -> None:
    first, again, other = (list(day.orders(seed=seed, count=100, currencies=CURRENCIES)) for seed in (1, 1, 2))

    assert first == again
    assert not {order.key for order in first} & {order.key for order in other}
    assert len({order.key for order in first}) == 100


def test_every_payout_can_be_asked_for() -> None:
    for order in day.orders(seed=1, count=500, currencies=CURRENCIES):
        assert validate(CreatePayout, order.body).amount


def test_the_simulated_provider_understands_every_fate() -> None:
    asked = {fate for _, fate in (*day.STORIES, *day.FATES) if fate}

    assert {fate for fate in asked if parse(fate).rejection == "unknown_scenario"} == set()


def test_a_service_that_does_not_answer_is_told_in_a_sentence_and_leaves_no_key(acme: Client) -> None:
    outcome = run("demo", "--tenant", "Acme", "--url", "http://127.0.0.1:1")

    assert outcome.exit_code == 1
    assert "the service does not answer at http://127.0.0.1:1" in outcome.stderr
    assert " revoked " in run("keys", "list", "--tenant", "Acme").stdout
