"""Requests that make payouts at the same time share a hint, and none of them waits for it."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Event

import pytest

from payouts_service.hints import coalescing
from payouts_service.hints.coalescing import give_soon
from tests.eventually import eventually


def test_what_comes_while_one_is_given_shares_the_next() -> None:
    given: list[int] = []
    begun, may_end = Event(), Event()

    def give_slowly() -> None:
        begun.set()
        assert may_end.wait(30)
        given.append(0)

    give_soon("work", give_slowly)
    assert begun.wait(30)
    for number in range(1, 101):
        give_soon("work", lambda number=number: given.append(number))  # type: ignore[misc]  # mypy infers no default.
    may_end.set()

    eventually(lambda: given == [0, 100])


def test_the_more_share_one_the_longer_the_next_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = Event(), Event()
    pauses: SimpleQueue[float] = SimpleQueue()
    monkeypatch.setattr(coalescing, "sleep", pauses.put)

    def give_slowly() -> None:
        begun.set()
        assert may_end.wait(30)

    give_soon("work", give_slowly)
    assert begun.wait(30)
    for _ in range(100):
        give_soon("work", lambda: None)
    may_end.set()

    after_one, after_a_hundred = pauses.get(timeout=30), pauses.get(timeout=30)
    assert after_one < after_a_hundred


def test_hints_about_different_work_are_all_given() -> None:
    given: set[str] = set()

    for name in ("a", "b", "c"):
        give_soon(name, lambda name=name: given.add(name))  # type: ignore[misc]  # As above.

    eventually(lambda: given == {"a", "b", "c"})


def test_one_that_fails_stops_no_other() -> None:
    given: list[str] = []

    give_soon("a", lambda: 1 / 0)
    give_soon("b", lambda: given.append("b"))

    eventually(lambda: given == ["b"])
