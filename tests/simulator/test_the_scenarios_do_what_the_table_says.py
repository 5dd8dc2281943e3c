from __future__ import annotations

import time

import httpx
import pytest

import payouts_simulator
from payouts_simulator.faults import FAULTS
from payouts_simulator.scenarios import MAGIC_AMOUNTS, REJECTIONS, Scenario, parse
from tests.simulator.payments import CLIENT, look_up, order, post
from tests.simulator_process import SimulatorProcess


def ends_as(simulator: SimulatorProcess, reference: str) -> str:
    """The final status of a payment that ends within some seconds."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        status: str = look_up(simulator.url, reference).json()["status"]
        if status != "accepted":
            return status
        time.sleep(0.02)
    pytest.fail("the payment did not end")


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        ("confirm", Scenario()),
        ("reject", Scenario("refused")),
        ("reject:compliance", Scenario("compliance")),
        ("delay:3", Scenario(None, 3)),
        ("delay:0.5:confirm", Scenario(None, 0.5)),
        ("delay:3:reject", Scenario("refused", 3)),
        ("delay:3:reject:recipient_unreachable", Scenario("recipient_unreachable", 3)),
        ("hang", Scenario(fault="hang")),
        ("lose:delay:3:reject", Scenario("refused", 3, "lose")),
        *(
            (text, Scenario("unknown_scenario"))
            for text in ("Confirm", "reject:nonsense", "delay", "delay:-1", "delay:soon", "delay:1e9", "hang:hang", ":")
        ),
    ],
)
def test_a_scenario_is_read(text: str, scenario: Scenario) -> None:
    assert parse(text) == scenario


def test_the_documentation_names_every_scenario() -> None:
    documentation = payouts_simulator.__doc__ or ""
    for amount, text in MAGIC_AMOUNTS.items():
        assert f"``{amount}``  ``{text}``" in documentation
    for word in (*REJECTIONS, *FAULTS):
        assert f"``{word}``" in documentation


@pytest.mark.parametrize("amount", ["9999.01", "9999.02", "9999.03", "9999.04"])
def test_a_magic_amount_is_rejected(simulator: SimulatorProcess, amount: str) -> None:
    body = order(amount=amount)
    answer = post(simulator.url, body)
    code = MAGIC_AMOUNTS[amount].removeprefix("reject:")
    assert (answer.status_code, answer.json()["status"], answer.json()["rejection"]["code"]) == (422, "rejected", code)
    assert simulator.effects_of(body["reference"]) == []


@pytest.mark.parametrize(("amount", "end"), [("9999.05", "confirmed"), ("9999.06", "rejected")])
def test_a_magic_amount_is_accepted_and_ends_later(simulator: SimulatorProcess, amount: str, end: str) -> None:
    body = order(amount=amount)
    answer = post(simulator.url, body)
    assert (answer.status_code, answer.json()["status"]) == (201, "accepted")
    assert ends_as(simulator, body["reference"]) == end
    assert len(simulator.effects_of(body["reference"])) == (end == "confirmed")


@pytest.mark.parametrize(("amount", "scenario"), [("9999.07", ""), ("9999.08", ""), ("1.00", "lose"), ("1.00", "hang")])
def test_the_first_answer_is_lost_and_the_payment_is_booked_once(
    simulator: SimulatorProcess, amount: str, scenario: str
) -> None:
    body = order(scenario, amount=amount)
    with pytest.raises((httpx.ReadError, httpx.ReadTimeout)):
        CLIENT.post(f"{simulator.url}/payments", json=body, timeout=1)
    assert post(simulator.url, body).json()["status"] == "confirmed"
    assert len(simulator.effects_of(body["reference"])) == 1


def test_the_metadata_wins_over_the_amount(simulator: SimulatorProcess) -> None:
    assert post(simulator.url, order("confirm", amount="9999.01")).json()["status"] == "confirmed"


def test_no_money_leaves_before_its_time(simulator: SimulatorProcess) -> None:
    body = order("delay:3600")
    assert post(simulator.url, body).json()["status"] == "accepted"
    assert look_up(simulator.url, body["reference"]).json()["status"] == "accepted"
    assert simulator.effects_of(body["reference"]) == []


def test_the_books_list_what_came_due_though_nobody_asked_for_it(simulator: SimulatorProcess) -> None:
    body = order("delay:0.2")
    post(simulator.url, body)
    deadline = time.monotonic() + 20
    while not simulator.effects_of(body["reference"]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(simulator.effects_of(body["reference"])) == 1
