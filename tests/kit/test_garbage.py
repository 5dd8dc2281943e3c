"""A process that goes to work never looks for garbage in its program again, and less often in what it makes."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from celery import signals

import payouts_service.celery  # noqa: F401 - it listens to the signal.
from payouts_service import gunicorn_conf


@pytest.fixture
def as_python_begins() -> Iterator[None]:
    before = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)
    gc.freeze()


def begin_worker() -> None:
    signals.worker_process_init.send(sender=None)


def begin_web() -> None:
    gunicorn_conf.post_worker_init(SimpleNamespace(processor=None))


@pytest.mark.parametrize("begin", [begin_worker, begin_web])
def test_a_process_is_told_when_it_goes_to_work(as_python_begins: None, begin: Callable[[], None]) -> None:
    begin()

    assert gc.get_freeze_count() > 0
    assert gc.get_threshold()[0] == 5_000
