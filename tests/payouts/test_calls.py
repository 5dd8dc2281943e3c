"""Calls are made by threads that go on as long as there is something to call for, and no answer is lost."""

from __future__ import annotations

import threading
from datetime import timedelta
from time import monotonic
from uuid import uuid4

import pytest

from payouts_service.connectors.contract import Outcome, confirmed
from payouts_service.payouts import calls as module
from payouts_service.payouts.calls import PIECE, Calls
from payouts_service.payouts.claims import Claimed
from payouts_service.payouts.models import PayoutAttempt

PATIENCE_SECONDS = 20


def items(number: int) -> list[Claimed]:
    nothing = timedelta(0)
    return [
        Claimed(
            PayoutAttempt(),
            uuid4(),
            submits=True,
            since_submitted=nothing,
            since_opened=nothing,
            give_up_at=monotonic(),
        )
        for _ in range(number)
    ]


def test_answers_that_are_there_are_taken_together() -> None:
    calls, claimed = Calls(), items(50)
    with calls.callers("quick", 10, lambda _: confirmed()) as callers:
        callers.begin(claimed)

    taken = calls.take(patience_seconds=PATIENCE_SECONDS)

    assert {item.token for item, _ in taken} == {item.token for item in claimed}
    assert (calls.under_way, callers.under_way, callers.free) == (0, 0, 10)


def test_those_of_calls_that_last_are_taken_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_SECONDS", 0)  # So that whatever time it took was long.
    calls = Calls()
    with calls.callers("slow", 10, lambda _: confirmed()) as callers:
        callers.begin(items(PIECE + 5))

    assert [len(calls.take(patience_seconds=PATIENCE_SECONDS)) for _ in range(2)] == [PIECE, 5]


def test_calls_are_made_by_as_many_threads_as_may_be_and_no_more() -> None:
    calls, busy = Calls(), threading.Barrier(5)

    def call(_: Claimed) -> Outcome:
        busy.wait(PATIENCE_SECONDS)  # Opens once five call at the same time.
        return confirmed()

    before = threading.active_count()
    with calls.callers("slow", 5, call) as callers:
        callers.begin(items(15))
        assert threading.active_count() - before == 5

    assert len(calls.take(patience_seconds=PATIENCE_SECONDS)) == 15
    assert threading.active_count() == before


def test_nothing_comes_where_no_call_ends_in_time() -> None:
    calls, end = Calls(), threading.Event()

    def call(_: Claimed) -> Outcome | None:
        end.wait(PATIENCE_SECONDS)
        return None

    with calls.callers("hung", 1, call) as callers:
        callers.begin(items(1))
        assert calls.take(patience_seconds=0) == []
        end.set()
        [(_, answer)] = calls.take(patience_seconds=PATIENCE_SECONDS)

    assert answer is None


def test_what_a_thread_dies_of_is_told_to_whoever_waits() -> None:
    def die(_: Claimed) -> Outcome:
        raise SystemExit("the process ends")

    calls = Calls()
    with calls.callers("dead", 1, die) as callers:
        callers.begin(items(1))
        with pytest.raises(SystemExit):
            calls.take(patience_seconds=PATIENCE_SECONDS)

    assert calls.under_way == 0
