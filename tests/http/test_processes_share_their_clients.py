"""Clients that keep their connections are spread over the web processes, and none of them is left waiting."""

from __future__ import annotations

import contextlib
import http.client
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event, get_ident
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from payouts_service.gunicorn_worker import EvenThreadWorker
from tests.eventually import eventually
from tests.web_process import STOP_SECONDS, web_process

THREADS, PROCESSES = 8, 2
CLIENTS = THREADS * PROCESSES
WORK_SECONDS = 0.01  # Longer than it takes a client to ask again.
SECOND_OF_WORK = 1 / WORK_SECONDS  # Requests; after a second Gunicorn looks for new clients in any case.


class ForeverAside(EvenThreadWorker):
    """While it is at work it takes no more, however long that is."""

    pause_seconds = 3600


class Patient(EvenThreadWorker):
    """Its threads wait longer for a client's next request than any takes to come."""

    next_request_milliseconds = 5_000


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Says which process answers: with ``?work`` after a while, with ``?folder=`` once the test says so there.

    With ``?thread``, which of its threads.
    """
    wanted = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    if "work" in wanted:
        time.sleep(WORK_SECONDS)
    for folder in map(Path, wanted.get("folder", [])):
        (folder / f"{os.getpid()}.{uuid4()}").touch()
        eventually((folder / "go").exists)
    answer = str(get_ident() if "thread" in wanted else os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


@contextlib.contextmanager
def gunicorn(worker: type[EvenThreadWorker], *, processes: int, threads: int) -> Iterator[int]:
    """The port of so many processes with this worker and the application above, once all of them serve."""
    options = ("-k", f"{worker.__module__}.{worker.__qualname__}", "--threads", str(threads))
    settings = {"WEB_CONCURRENCY": str(processes)}
    with web_process(*options, application=f"{__name__}:application", settings=settings) as web:
        eventually(lambda: len(_processes(web.port)) == processes)
        yield web.port


def test_connections_go_to_the_process_that_has_a_thread_for_them(tmp_path: Path) -> None:
    with gunicorn(ForeverAside, processes=PROCESSES, threads=THREADS) as port:
        answers = _at_once(port, CLIENTS, tmp_path)

    assert sorted(Counter(answers).values()) == [THREADS] * PROCESSES


def test_a_thread_answers_all_that_its_client_asks_at_once(tmp_path: Path) -> None:
    """All threads are there and idle before, nobody else asks: a client that waits is a reason to change threads."""
    with gunicorn(Patient, processes=1, threads=THREADS) as port:
        _at_once(port, THREADS, tmp_path, Connection="close")
        client = _connect(port)
        answered_by = {_ask(client, "/?thread") for _ in range(THREADS)}
        client.close()

    assert len(answered_by) == 1


def test_new_clients_have_their_turn_beside_one_that_keeps_asking() -> None:
    asked, done = count(), Event()

    def keep_asking() -> None:
        connection = _connect(port)
        while not done.is_set():
            _ask(connection, "/?work")
            next(asked)

    with gunicorn(Patient, processes=1, threads=1) as port, ThreadPoolExecutor(1) as pool:
        keeps = pool.submit(keep_asking)
        try:
            eventually(lambda: next(asked) > 0)
            before = next(asked)
            for _ in range(8):
                _ask(_connect(port))
            after = next(asked)
        finally:
            done.set()
        keeps.result()

    assert after - before < SECOND_OF_WORK


def test_no_client_waits_for_ever_where_every_process_is_at_work() -> None:
    answered, all_answered = [Event() for _ in range(CLIENTS)], Event()

    def keep_asking(first_answer: Event) -> None:
        connection = _connect(port)
        while not all_answered.is_set():
            _ask(connection, "/?work")
            first_answer.set()

    with gunicorn(EvenThreadWorker, processes=1, threads=1) as port, ThreadPoolExecutor(CLIENTS) as pool:
        asking = [pool.submit(keep_asking, event) for event in answered]
        try:
            eventually(lambda: all(event.is_set() for event in answered))
        finally:
            all_answered.set()
        for client in asking:
            client.result()


def _connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=STOP_SECONDS)


def _ask(connection: http.client.HTTPConnection, path: str = "/", **headers: str) -> int:
    connection.request("GET", path, headers=headers)
    return int(connection.getresponse().read())


def _at_once(port: int, clients: int, folder: Path, **headers: str) -> list[int]:
    """What so many clients are answered, none before all of them have asked."""
    with ThreadPoolExecutor(clients) as pool:
        answers = [pool.submit(_ask, _connect(port), f"/?folder={folder}", **headers) for _ in range(clients)]
        try:
            eventually(lambda: len(list(folder.iterdir())) == clients)
        finally:
            (folder / "go").touch()
        return [answer.result() for answer in answers]


def _processes(port: int) -> set[int]:
    """Which processes answer now, of some that are asked."""
    try:
        return {_ask(_connect(port), Connection="close") for _ in range(CLIENTS)}
    except OSError:
        return set()
