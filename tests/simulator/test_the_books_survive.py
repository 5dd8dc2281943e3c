from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from tests.eventually import eventually
from tests.simulator.payments import CLIENT, look_up, order, post
from tests.simulator_process import SimulatorProcess, free_port

CLIENTS = 16


def test_what_was_answered_before_a_kill_is_booked_and_never_booked_again(own_simulator: SimulatorProcess) -> None:
    underway, killed = Event(), Event()
    answered: list[str] = []
    sent: list[dict[str, Any]] = []

    def ask_until_killed(_: int) -> None:
        while not killed.is_set():
            body = order()
            sent.append(body)
            try:
                answer = post(own_simulator.url, body)
            except httpx.TransportError:
                return
            answered.append(answer.json()["reference"])
            if len(answered) > 5 * CLIENTS:
                underway.set()

    with ThreadPoolExecutor(CLIENTS) as clients:
        work = clients.map(ask_until_killed, range(CLIENTS))
        assert underway.wait(60)
        own_simulator.kill()
        killed.set()
        list(work)
    own_simulator.start()
    assert set(answered) <= {effect["reference"] for effect in own_simulator.books()}
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda body: post(own_simulator.url, body).raise_for_status(), sent))
    assert sorted(effect["reference"] for effect in own_simulator.books()) == sorted(body["reference"] for body in sent)


def test_a_payment_that_came_due_while_it_was_down_is_ended(own_simulator: SimulatorProcess) -> None:
    body = order("delay:0.05")
    post(own_simulator.url, body)
    own_simulator.kill()
    own_simulator.start()  # Takes longer than the delay.
    assert look_up(own_simulator.url, body["reference"]).json()["status"] == "confirmed"
    assert len(own_simulator.effects_of(body["reference"])) == 1


def test_it_ends_tidily_when_asked_though_a_client_hangs(own_simulator: SimulatorProcess) -> None:
    body = order("hang")
    with pytest.raises(httpx.ReadTimeout):
        CLIENT.post(f"{own_simulator.url}/payments", json=body, timeout=1)
    assert own_simulator.stop() == 0
    own_simulator.start()
    assert len(own_simulator.effects_of(body["reference"])) == 1


def test_the_books_are_read_page_by_page_and_add_up(own_simulator: SimulatorProcess) -> None:
    bodies = [order(amount=amount, currency=currency) for amount in ("0.10", "0.20") for currency in ("EUR", "KWD")]
    for body in bodies:
        post(own_simulator.url, body)
    first = CLIENT.get(f"{own_simulator.url}/books?limit=3").json()
    rest = CLIENT.get(f"{own_simulator.url}/books?limit=3&after={first['next_after']}").json()
    listed = [effect["reference"] for effect in first["effects"] + rest["effects"]]
    assert listed == [body["reference"] for body in bodies]
    assert rest["next_after"] is None
    assert CLIENT.get(f"{own_simulator.url}/books/summary").json() == {
        "effects": 4,
        "distinct_references": 4,
        "sums": {"EUR": "0.30", "KWD": "0.30"},
        "returns": 0,
        "returned": {},
        "submits": 4,
        "inquiries": 0,
        "callbacks": {"waiting": 0, "delivered": 0, "given_up": 0},
    }


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=9223372036854775808", "limit=0", "limit=1001"])
def test_a_wrong_page_is_refused(simulator: SimulatorProcess, query: str) -> None:
    assert CLIENT.get(f"{simulator.url}/books?{query}").status_code == 400


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "payouts_simulator.server", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_taken_port_is_refused_with_a_sentence(simulator: SimulatorProcess, tmp_path: Path) -> None:
    port = simulator.url.rpartition(":")[2]
    result = run(f"--port={port}", f"--books={tmp_path / 'books.sqlite'}")
    assert result.returncode == 1
    assert "Choose another --port." in result.stderr
    assert "Traceback" not in result.stderr


def test_books_of_another_version_are_refused_and_left_as_they_are(tmp_path: Path) -> None:
    books = tmp_path / "books.sqlite"
    with closing(sqlite3.connect(books)) as database:
        database.execute("CREATE TABLE payment (reference TEXT PRIMARY KEY)")
    before = books.read_bytes()
    result = run(f"--port={free_port()}", f"--books={books}")
    assert result.returncode == 1
    assert "another version of the simulated provider wrote them. Choose another --books." in result.stderr
    assert books.read_bytes() == before


def test_a_step_that_came_due_is_taken_once_though_it_is_killed(own_simulator: SimulatorProcess) -> None:
    body = order("delay:0.05:return:0.05")
    post(own_simulator.url, body)
    own_simulator.kill()
    own_simulator.start()
    eventually(lambda: look_up(own_simulator.url, body["reference"]).json()["status"] == "returned")
    own_simulator.kill()
    own_simulator.start()
    assert len(own_simulator.effects_of(body["reference"])) == 1
    assert len(own_simulator.noted("returns", body["reference"])) == 1


def test_books_that_cannot_be_opened_are_refused_with_a_sentence(tmp_path: Path) -> None:
    result = run(f"--port={free_port()}", f"--books={tmp_path / 'absent' / 'books.sqlite'}")
    assert result.returncode == 1
    assert "Choose another --books." in result.stderr
    assert "Traceback" not in result.stderr
