from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx
import pytest

from payouts_simulator.personality import PERSONALITIES, SECONDS, WORDS, draw
from payouts_simulator.scenarios import Scenario, parse
from tests.simulator.payments import CLIENT, look_up, order, post
from tests.simulator.test_the_books_survive import run
from tests.simulator_process import SimulatorProcess, free_port

MANY = 20_000


def draws(personality: str, seed: int = 1, count: int = MANY) -> list[str]:
    return [draw(seed, number, PERSONALITIES[personality], SECONDS) for number in range(1, count + 1)]


def test_the_default_loses_one_answer_in_six_and_confirms_every_payment() -> None:
    drawn = Counter(draws("lossy"))
    assert set(drawn) == {"lose", "confirm"}
    assert drawn["lose"] / MANY == pytest.approx(1 / 6, rel=0.05)


def test_the_calm_one_does_nothing_unasked() -> None:
    assert set(draws("calm", count=1000)) == {"confirm"}


def test_the_wild_one_says_every_word_but_the_one_that_breaks_its_promise() -> None:
    words = {word for text in draws("wild") for word in text.split(":") if word in WORDS}
    assert words == WORDS - {"forget"}


def test_the_wild_one_draws_only_what_can_be_read() -> None:
    assert Scenario("unknown_scenario") not in {parse(text) for text in draws("wild")}


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    assert draws("wild", seed=7, count=500) == draws("wild", seed=7, count=500)
    assert draws("wild", seed=7, count=500) != draws("wild", seed=8, count=500)


def test_two_banks_with_one_seed_treat_other_references_alike(tmp_path: Path) -> None:
    met: list[list[str]] = []
    for name in ("one", "two"):
        options = ("--personality=lossy", "--seed=42")
        bank = SimulatorProcess(free_port(), tmp_path / name, *options)
        bank.start()
        met.append([])
        for number in range(30):
            if number == 15:  # A restart does not begin anew.
                bank.kill()
                bank.start()
            body = order()
            try:
                post(bank.url, body)
                met[-1].append("confirm")
            except httpx.TransportError:
                met[-1].append("lose")
            (noted,) = bank.noted("requests", body["reference"])
            assert noted["scenario"] == met[-1][-1]
            assert look_up(bank.url, body["reference"]).json()["status"] == "confirmed"
        assert len(bank.books()) == 30
        bank.stop()
        bank.close()
    assert met[0] == met[1] == draws("lossy", seed=42, count=30)


def test_what_a_payment_asks_for_wins_over_the_dice(own_simulator: SimulatorProcess) -> None:
    own_simulator.control(rates={"error_unbooked": 1})
    assert post(own_simulator.url, order("confirm")).status_code == 201
    assert post(own_simulator.url, order(amount="9999.01")).status_code == 422
    assert post(own_simulator.url, order()).status_code == 500


def test_the_command_starts_the_losing_one(tmp_path: Path) -> None:
    assert "[default: lossy]" in run("--help").stdout


def test_rates_change_while_it_runs_and_a_personality_brings_its_own(own_simulator: SimulatorProcess) -> None:
    own_simulator.control(rates={"reject": 1}, seed=5)
    answer = post(own_simulator.url, order())
    assert answer.status_code == 422
    control = own_simulator.control(personality="lossy")
    assert (control["rates"], control["seed"]) == ({"lose": 1 / 6}, 5)
    assert own_simulator.control(rates={"lose": 0})["rates"] == {"lose": 0}
    assert post(own_simulator.url, order()).status_code == 201
    assert CLIENT.get(f"{own_simulator.url}/control").json() == own_simulator.control()


@pytest.mark.parametrize("outage", ["error", "throttle", "lose", "hang"])
def test_an_outage_strikes_every_request_and_books_nothing(own_simulator: SimulatorProcess, outage: str) -> None:
    known, new = order(), order("confirm")
    post(own_simulator.url, known)
    own_simulator.control(outage=outage)
    for method, path, body in (
        ("POST", "/payments", new),
        ("POST", "/payments", known),
        ("GET", f"/payments/{known['reference']}", None),
    ):
        try:
            answer = CLIENT.request(method, own_simulator.url + path, json=body, timeout=0.5)
            assert answer.status_code == {"error": 500, "throttle": 429}[outage]
        except httpx.TransportError:
            assert outage in {"lose", "hang"}
    own_simulator.control(outage=None)
    assert [effect["reference"] for effect in own_simulator.books()] == [known["reference"]]
    assert post(own_simulator.url, new).status_code == 201


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"personality": "angry"}, "personality"),
        ({"rates": {"confirm": 1}}, "confirm"),
        ({"rates": {"lose": 1.1}}, "lose"),
        ({"rates": {"lose": 0.6, "hang": 0.6}}, "add up to more than 1"),
        ({"rates": 1}, "rates"),
        ({"seconds": {"lose": 1}}, "lose"),
        ({"outage": "flood"}, "outage"),
        ({"callback_url": "file:///etc/passwd"}, "URL"),
        ({"callback_url": "http://127.0.0.1:1/"}, "secret"),
        ({"surprise": 1}, "surprise"),
        ([], "object"),
    ],
)
def test_a_wrong_control_is_refused_whole(simulator: SimulatorProcess, body: object, word: str) -> None:
    before = CLIENT.get(f"{simulator.url}/control").json()
    answer = CLIENT.post(f"{simulator.url}/control", json=body)
    assert answer.status_code == 400
    assert word in answer.json()["error"]["message"]
    assert CLIENT.get(f"{simulator.url}/control").json() == before
