"""Where there are as many web processes as processors, each has one for itself; else the kernel chooses."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from payouts_service import gunicorn_conf
from tests.eventually import eventually
from tests.web_process import web_process

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="macOS lets no process choose its processor"
)
PROCESSORS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
EACH_ITS_OWN = [(processor,) for processor in PROCESSORS]


def test_each_of_as_many_as_there_are_processors_stays_on_its_own() -> None:
    settings = {"WEB_CONCURRENCY": str(len(PROCESSORS))}
    with web_process(application="tests.http.echo:application", settings=settings) as web:
        eventually(lambda: _chosen(web.process.pid) == EACH_ITS_OWN)


def test_one_that_is_started_again_takes_the_place_that_is_free() -> None:
    settings = {"WEB_CONCURRENCY": str(len(PROCESSORS))}
    with web_process(application="tests.http.echo:application", settings=settings) as web:
        eventually(lambda: len(_children(web.process.pid)) == len(PROCESSORS))
        for killed in _children(web.process.pid):
            os.kill(killed, 9)
            eventually(lambda: killed not in _children(web.process.pid))  # noqa: B023 - it is called at once.
            eventually(lambda: _chosen(web.process.pid) == EACH_ITS_OWN)


@pytest.mark.parametrize(("processes", "most"), [(3, 2), (4, 2), (6, 3)])
def test_more_than_there_are_processors_are_spread_over_them(
    monkeypatch: pytest.MonkeyPatch, processes: int, most: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 7}, raising=False)
    workers = _forked(processes)

    assert Counter(worker.processor for worker in workers).most_common(1)[0][1] == most


def test_fewer_than_there_are_processors_leave_the_choice_to_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)

    assert [worker.processor for worker in _forked(2)] == [None, None]


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
