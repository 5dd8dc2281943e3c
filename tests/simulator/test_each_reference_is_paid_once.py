from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.simulator.payments import CLIENT, look_up, order, post
from tests.simulator_process import SimulatorProcess

CLIENTS = 64


@pytest.mark.parametrize("scenario", ["confirm", "delay:0.001"])
def test_it_pays_once_when_many_ask_at_the_same_time(simulator: SimulatorProcess, scenario: str) -> None:
    body = order(scenario)
    together = Barrier(CLIENTS)

    def ask(_: int) -> httpx.Response:
        together.wait()
        return post(simulator.url, body)

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(ask, range(CLIENTS)))
    assert sorted(answer.status_code for answer in answers) == [200] * (CLIENTS - 1) + [201]
    assert len({answer.json()["provider_reference"] for answer in answers}) == 1
    assert len(simulator.effects_of(body["reference"])) == 1


def test_it_refuses_another_body_under_a_known_reference(simulator: SimulatorProcess) -> None:
    first = order()
    post(simulator.url, first)
    for change in ({"amount": "10.01"}, {"currency": "USD"}, {"recipient": {"kind": "iban"}}, {"metadata": {"a": "b"}}):
        answer = post(simulator.url, first | change)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "reference_reused")
    (effect,) = simulator.effects_of(first["reference"])
    assert (effect["amount"], effect["currency"]) == ("10.00", "EUR")


def test_it_repeats_a_rejection_and_never_pays_for_it(simulator: SimulatorProcess) -> None:
    body = order("reject:compliance")
    answers = [post(simulator.url, body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422] * 3
    assert len({answer.text for answer in answers}) == 1
    assert simulator.effects_of(body["reference"]) == []


def test_it_has_never_heard_of_other_references(simulator: SimulatorProcess) -> None:
    answer = look_up(simulator.url, "NeverSent1")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_reference"
    assert answer.json()["error"]["reference"] == "NeverSent1"


@pytest.mark.parametrize(
    "change",
    [
        {"reference": "A-1"},
        {"reference": "A" * 36},
        {"amount": 10},
        {"amount": "-1"},
        {"amount": "1e3"},
        {"amount": "١٢"},
        {"currency": "eur"},
        {"recipient": {}},
        {"recipient": "Card"},
        {"metadata": {"a": 1}},
        {"surprise": "field"},
    ],
)
def test_it_refuses_a_malformed_body_and_books_nothing(simulator: SimulatorProcess, change: dict[str, object]) -> None:
    body = order() | change
    answer = post(simulator.url, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
    assert look_up(simulator.url, str(body["reference"])).status_code == 404


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"[" * 100_000, b'"\xff"'])
def test_it_refuses_a_body_that_is_no_payment_at_all(simulator: SimulatorProcess, content: bytes) -> None:
    answer = CLIENT.post(f"{simulator.url}/payments", content=content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
