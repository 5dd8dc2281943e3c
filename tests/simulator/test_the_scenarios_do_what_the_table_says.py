from __future__ import annotations

import json

import httpx
import pytest

import payouts_simulator
from payouts_simulator.faults import FAULTS
from payouts_simulator.personality import PERSONALITIES
from payouts_simulator.scenarios import CALLBACK_FAULTS, MAGIC_AMOUNTS, REJECTIONS, TIMED, Scenario, parse
from tests.eventually import eventually
from tests.simulator.payments import CLIENT, look_up, order, post
from tests.simulator_process import SimulatorProcess


def status_of(simulator: SimulatorProcess, reference: str) -> str:
    """The status of a payment as the bank tells it, or the code of its refusal to tell."""
    told = look_up(simulator.url, reference).json()
    status: str = told["error"]["code"] if "error" in told else told["status"]
    return status


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
        ("delay:3:reject:compliance:lose", Scenario("compliance", 3, "lose")),
        ("hide:3:forget:4", Scenario(hide_seconds=3, forget_seconds=4)),
        ("return:2", Scenario(return_seconds=2)),
        ("contradict:2:reversed:thrice", Scenario(contradict_seconds=2, callbacks=frozenset({"reversed", "thrice"}))),
        *(
            (text, Scenario("unknown_scenario"))
            for text in ("Confirm", "reject:nonsense", "delay", "delay:-1", "delay:soon", "delay:1e9", "hang:hang", ":")
        ),
        *(
            (text, Scenario("unknown_scenario"))
            for text in ("lose:hang", "hide", "early:early", "return:1:reject", "confirm:reject", "delay:1:delay:1")
        ),
    ],
)
def test_a_scenario_is_read(text: str, scenario: Scenario) -> None:
    assert parse(text) == scenario


def test_the_documentation_names_every_scenario() -> None:
    documentation = payouts_simulator.__doc__ or ""
    for amount, text in MAGIC_AMOUNTS.items():
        assert f"``{amount}``  ``{text}``" in documentation
    for word in (*REJECTIONS, *FAULTS, *CALLBACK_FAULTS, *PERSONALITIES):
        assert f"``{word}``" in documentation
    for word in TIMED:
        assert f"``{word}:S``" in documentation


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
    eventually(lambda: status_of(simulator, body["reference"]) != "accepted")
    assert status_of(simulator, body["reference"]) == end
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
    eventually(lambda: len(simulator.effects_of(body["reference"])) == 1)


@pytest.mark.parametrize(
    ("scenario", "amount", "status", "effects"),
    [
        ("error", "1.00", 500, 1),
        ("", "9999.09", 500, 1),
        ("error_unbooked", "1.00", 500, 0),
        ("", "9999.10", 500, 0),
        ("throttle", "1.00", 429, 1),
        ("throttle_unbooked", "1.00", 429, 0),
    ],
)
def test_the_first_answer_tells_nothing_of_what_was_booked(
    simulator: SimulatorProcess, scenario: str, amount: str, status: int, effects: int
) -> None:
    body = order(scenario, amount=amount)
    assert post(simulator.url, body).status_code == status
    assert len(simulator.effects_of(body["reference"])) == effects
    assert status_of(simulator, body["reference"]) == ("confirmed" if effects else "unknown_reference")
    assert post(simulator.url, body).json()["status"] == "confirmed"
    assert len(simulator.effects_of(body["reference"])) == 1


def test_a_connection_reset_before_the_booking_books_nothing(simulator: SimulatorProcess) -> None:
    body = order("lose_unbooked")
    with pytest.raises(httpx.ReadError):
        post(simulator.url, body)
    assert status_of(simulator, body["reference"]) == "unknown_reference"
    assert post(simulator.url, body).status_code == 201
    assert len(simulator.effects_of(body["reference"])) == 1


def test_it_replays_its_own_error_and_only_an_inquiry_tells(simulator: SimulatorProcess) -> None:
    body = order("error_for_ever")
    answers = [post(simulator.url, body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500] * 3
    assert status_of(simulator, body["reference"]) == "confirmed"
    assert len(simulator.effects_of(body["reference"])) == 1


def test_a_dripped_answer_is_the_true_one(simulator: SimulatorProcess) -> None:
    body = order("drip")
    with httpx.stream("POST", f"{simulator.url}/payments", json=body, timeout=20, trust_env=False) as answer:
        pieces = answer.iter_raw()
        begun = b"".join(next(pieces) for _ in range(4))
    whole = json.dumps(look_up(simulator.url, body["reference"]).json()).encode()
    assert (answer.status_code, begun) == (201, whole[: len(begun)])
    assert len(begun) < len(whole)


def test_a_hidden_payment_is_found_later_and_never_paid_again(simulator: SimulatorProcess) -> None:
    body = order("hide:0.5")
    assert post(simulator.url, body).status_code == 201
    assert status_of(simulator, body["reference"]) == "unknown_reference"
    assert post(simulator.url, body).status_code == 200
    eventually(lambda: status_of(simulator, body["reference"]) == "confirmed")
    assert len(simulator.effects_of(body["reference"])) == 1


def test_a_forgotten_reference_is_paid_again_and_the_books_show_it(own_simulator: SimulatorProcess) -> None:
    body = order("forget:0.1")
    first = post(own_simulator.url, body).json()
    eventually(lambda: status_of(own_simulator, body["reference"]) == "unknown_reference")
    again = post(own_simulator.url, body)
    assert (again.status_code, again.json()["status"]) == (201, "confirmed")
    assert again.json()["provider_reference"] != first["provider_reference"]
    assert len(own_simulator.effects_of(body["reference"])) == 2
    summary = CLIENT.get(f"{own_simulator.url}/books/summary").json()
    assert (summary["effects"], summary["distinct_references"]) == (2, 1)


def test_a_forgotten_payment_still_ends(simulator: SimulatorProcess) -> None:
    body = order("forget:0:delay:0.1")
    post(simulator.url, body)
    eventually(lambda: len(simulator.effects_of(body["reference"])) == 1)
    assert status_of(simulator, body["reference"]) == "unknown_reference"


def test_money_that_left_comes_back(simulator: SimulatorProcess) -> None:
    body = order("return:0.1", amount="12.34")
    assert post(simulator.url, body).json()["status"] == "confirmed"
    eventually(lambda: status_of(simulator, body["reference"]) == "returned")
    (effect,), (back,) = simulator.effects_of(body["reference"]), simulator.noted("returns", body["reference"])
    assert back["amount"] == effect["amount"] == "12.34"
    assert back["provider_reference"] == effect["provider_reference"]
    again = post(simulator.url, body)
    assert (again.status_code, again.json()["status"]) == (200, "returned")


def test_it_contradicts_itself_though_the_money_has_left(simulator: SimulatorProcess) -> None:
    body = order("contradict:0.1")
    assert post(simulator.url, body).json()["status"] == "confirmed"
    eventually(lambda: status_of(simulator, body["reference"]) == "rejected")
    assert post(simulator.url, body).status_code == 422
    assert len(simulator.effects_of(body["reference"])) == 1
    assert simulator.noted("returns", body["reference"]) == []


def test_it_counts_the_requests_for_each_reference(simulator: SimulatorProcess) -> None:
    body = order("error_unbooked")
    for _ in range(3):
        post(simulator.url, body)
    for _ in range(2):
        look_up(simulator.url, body["reference"])
    (noted,) = simulator.noted("requests", body["reference"])
    assert (noted["submits"], noted["inquiries"], noted["scenario"]) == (3, 2, "error_unbooked")
