"""Where all processors have as many web processes, each stays on one; else the kernel chooses."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from payouts_service import gunicorn_conf
from tests.eventually import eventually
from tests.web_process import WebProcess, web_process

PROCESSORS = sorted(os.sched_getaffinity(0))[:2] if hasattr(os, "sched_getaffinity") else []
EACH_ITS_OWN = [(processor,) for processor in PROCESSORS]
needs_two = pytest.mark.skipif(len(PROCESSORS) < 2, reason="macOS lets no process choose, and one leaves no choice")


@contextmanager
def service_on_two_processors(processes: int) -> Iterator[WebProcess]:
    """The service with so many processes, on a machine of two processors as far as it can see."""
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, PROCESSORS)
    try:
        with web_process(settings={"WEB_CONCURRENCY": str(processes)}) as web:
            eventually(lambda: len(_children(web.process.pid)) == processes)
            yield web
    finally:
        os.sched_setaffinity(0, all_of_them)


@needs_two
def test_each_of_as_many_as_there_are_processors_stays_on_its_own() -> None:
    with service_on_two_processors(2) as web:
        eventually(lambda: _chosen(web.process.pid) == EACH_ITS_OWN)


@needs_two
def test_one_that_is_started_again_takes_the_place_that_is_free() -> None:
    with service_on_two_processors(2) as web:
        for killed in _children(web.process.pid):
            os.kill(killed, 9)
            eventually(lambda: killed not in _children(web.process.pid))  # noqa: B023 - it is called at once.
            eventually(lambda: _chosen(web.process.pid) == EACH_ITS_OWN)


@pytest.mark.parametrize(("processes", "each"), [(2, 1), (4, 2)])
def test_all_processors_have_as_many(monkeypatch: pytest.MonkeyPatch, processes: int, each: int) -> None:
    _has_processors(monkeypatch, {0, 7})

    assert Counter(worker.processor for worker in _forked(processes)) == {0: each, 7: each}


@pytest.mark.parametrize("processes", [1, 3])
def test_where_one_would_have_more_than_another_the_kernel_chooses(
    monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    _has_processors(monkeypatch, {0, 7})

    assert {worker.processor for worker in _forked(processes)} == {None}


def test_a_system_without_the_choice_makes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)

    assert [worker.processor for worker in _forked(2)] == [None, None]


def _has_processors(monkeypatch: pytest.MonkeyPatch, processors: set[int]) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: processors, raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None, raising=False)


def _forked(processes: int) -> list[Any]:
    """As Gunicorn asks before it starts each of so many."""
    server = SimpleNamespace(cfg=SimpleNamespace(workers=processes), WORKERS={})
    for number in range(processes):
        worker = SimpleNamespace()
        gunicorn_conf.pre_fork(server, worker)
        server.WORKERS[number] = worker
    return list(server.WORKERS.values())


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _chosen(pid: int) -> list[tuple[int, ...]]:
    """The processors that its processes may use, each with all of its threads; none while one of them ends."""
    try:
        threads = [int(task.name) for child in _children(pid) for task in Path(f"/proc/{child}/task").iterdir()]
        return sorted({tuple(sorted(os.sched_getaffinity(thread))) for thread in threads})
    except (FileNotFoundError, ProcessLookupError):
        return []
