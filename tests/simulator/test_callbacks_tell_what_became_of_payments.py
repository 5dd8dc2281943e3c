from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.eventually import eventually
from tests.simulator.payments import CLIENT, order, post
from tests.simulator.receiver import Call, Receiver, receiving
from tests.simulator.test_the_books_survive import run
from tests.simulator_process import SimulatorProcess, free_port

SECRET = "a secret of the simulated bank and its client"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@contextmanager
def running_bank(folder: Path, *options: str) -> Iterator[SimulatorProcess]:
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    process = SimulatorProcess(free_port(), folder / "books.sqlite", f"--callback-secret-file={secret}", *options)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.close()


@pytest.fixture(scope="module")
def bank_of_the_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    with running_bank(tmp_path_factory.mktemp("bank")) as bank:
        yield bank


@pytest.fixture
def bank(bank_of_the_file: SimulatorProcess, receiver: Receiver) -> SimulatorProcess:
    """One for all tests, which calls back to the one that asks."""
    bank_of_the_file.control(callback_url=receiver.url)
    return bank_of_the_file


@pytest.fixture
def own_bank(receiver: Receiver, tmp_path: Path) -> Iterator[SimulatorProcess]:
    """One that its test may kill: it knows from its command whom it calls."""
    with running_bank(tmp_path, f"--callback-url={receiver.url}") as bank:
        yield bank


def types(calls: list[Call]) -> list[str]:
    return [call.event["type"] for call in calls]


def is_signed(call: Call, secret: str = SECRET) -> bool:
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return call.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ("confirm", ["payment.confirmed"]),
        ("reject:compliance", ["payment.rejected"]),
        ("delay:0.2", ["payment.confirmed"]),
        ("return:0.2", ["payment.confirmed", "payment.returned"]),
        ("contradict:0.2", ["payment.confirmed", "payment.rejected"]),
    ],
)
def test_each_event_is_told(bank: SimulatorProcess, receiver: Receiver, scenario: str, told: list[str]) -> None:
    body = order(scenario, amount="12.30")
    payment = post(bank.url, body).json()
    calls = receiver.about(body["reference"], len(told))
    assert sorted(types(calls)) == sorted(told)
    for call in calls:
        assert is_signed(call)
        assert call.headers["webhook-id"] == call.event["id"]
        assert abs(int(call.headers["webhook-timestamp"]) - time.time()) < 60
        data = call.event["data"]
        assert (data["amount"], data["currency"]) == ("12.30", "EUR")
        assert data["provider_reference"] == payment["provider_reference"]
        assert (data["rejection"] is None) == (call.event["type"] != "payment.rejected")
    assert len({call.event["id"] for call in calls}) == len(told)


@pytest.mark.parametrize(
    ("scenario", "first"), [("return:0.1", "payment.returned"), ("contradict:0.1", "payment.rejected")]
)
def test_reversed_ones_come_the_later_event_first(
    bank: SimulatorProcess, receiver: Receiver, scenario: str, first: str
) -> None:
    body = order(f"{scenario}:reversed:forged")
    post(bank.url, body)
    calls = [call for call in receiver.about(body["reference"], 4) if is_signed(call)]
    assert types(calls) == [first, "payment.confirmed"]


def test_a_payment_whose_answer_is_lost_is_told_all_the_same(bank: SimulatorProcess, receiver: Receiver) -> None:
    body = order("lose")
    with pytest.raises(httpx.ReadError):
        post(bank.url, body)
    assert types(receiver.about(body["reference"], 1)) == ["payment.confirmed"]


def test_an_early_one_is_answered_before_the_payment_is(bank: SimulatorProcess, receiver: Receiver) -> None:
    body = order("early")
    post(bank.url, body)
    assert [call.reference for call in receiver.calls] == [body["reference"]]


def test_a_threefold_one_is_one_event(bank: SimulatorProcess, receiver: Receiver) -> None:
    body = order("thrice")
    post(bank.url, body)
    calls = receiver.about(body["reference"], 3)
    assert len({call.body for call in calls}) == 1
    eventually(lambda: [row["state"] for row in bank.noted("callbacks", body["reference"])] == ["delivered"] * 3)
    assert len(receiver.about(body["reference"], 3)) == 3


@pytest.mark.parametrize(("scenario", "lie"), [("forged", "payment.rejected"), ("forged:reject", "payment.confirmed")])
def test_a_forged_one_says_the_opposite_and_is_not_signed(
    bank: SimulatorProcess, receiver: Receiver, scenario: str, lie: str
) -> None:
    body = order(scenario)
    post(bank.url, body)
    (forged,) = (call for call in receiver.about(body["reference"], 2) if not is_signed(call))
    (true,) = (call for call in receiver.about(body["reference"], 2) if is_signed(call))
    assert forged.event["type"] == lie != true.event["type"]
    assert set(forged.headers) == set(true.headers)


def test_a_forger_does_not_insist(bank: SimulatorProcess, receiver: Receiver) -> None:
    receiver.answer = lambda call: 204 if is_signed(call) else 401
    body = order("forged")
    post(bank.url, body)

    def states() -> list[str]:
        return sorted(row["state"] for row in bank.noted("callbacks", body["reference"]))

    eventually(lambda: states() == ["delivered", "given_up"])


def test_it_is_sent_again_until_it_is_answered(bank: SimulatorProcess, receiver: Receiver) -> None:
    statuses = iter([500, 302, 204])
    receiver.answer = lambda _: next(statuses)
    body = order()
    post(bank.url, body)
    calls = receiver.about(body["reference"], 3)
    assert len({call.body for call in calls}) == 1
    assert all(is_signed(call) for call in calls)

    def noted() -> list[tuple[str, int, str]]:
        rows = bank.noted("callbacks", body["reference"])
        return [(row["state"], row["tries"], row["last_answer"]) for row in rows]

    eventually(lambda: noted() == [("delivered", 3, "204")])


def test_one_that_waits_survives_a_kill(own_bank: SimulatorProcess, receiver: Receiver) -> None:
    receiver.answer = lambda _: 503
    body = order()
    post(own_bank.url, body)
    receiver.about(body["reference"], 1)
    own_bank.kill()
    receiver.answer = lambda _: 204
    seen = len(receiver.calls)
    own_bank.start()
    receiver.about(body["reference"], seen + 1)
    eventually(lambda: [row["state"] for row in own_bank.noted("callbacks", body["reference"])] == ["delivered"])


def test_the_url_can_be_given_and_taken_while_it_runs(bank: SimulatorProcess, receiver: Receiver) -> None:
    bank.control(callback_url=None)
    untold, told = order(), order("early")
    post(bank.url, untold)
    bank.control(callback_url=receiver.url)
    post(bank.url, told)
    assert {call.reference for call in receiver.calls} == {told["reference"]}
    assert bank.noted("callbacks", untold["reference"]) == []


def test_the_secret_is_never_shown(bank: SimulatorProcess) -> None:
    for path in ("/", "/control", "/books/callbacks"):
        assert SECRET not in CLIENT.get(bank.url + path).text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--callback-url=http://127.0.0.1:1/"], "--callback-url needs a secret"),
        (["--callback-secret-file=absent"], "--callback-secret-file: No such file"),
    ],
)
def test_a_url_without_a_secret_is_refused_with_a_sentence(tmp_path: Path, options: list[str], sentence: str) -> None:
    result = run(f"--port={free_port()}", f"--books={tmp_path / 'books.sqlite'}", *options)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
