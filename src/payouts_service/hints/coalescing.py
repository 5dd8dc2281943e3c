"""Give one hint for all who ask for it at the same time, from a thread that holds none of them up.

A hint says that there is work. Where requests make payouts by the hundred, one for each would cost a request a third
of its time, and workers would find most of them done. The first is given at once; what comes meanwhile, and in the
moment after it, shares the next. That moment is longer where many come, since workers are then at work in any case. A
process that dies with one in hand loses what the sweep gives again.
"""

from __future__ import annotations

import atexit
import os
from collections import Counter
from collections.abc import Callable, Hashable
from threading import Condition, Thread
from time import perf_counter, sleep
from typing import Final

import structlog

_PAUSES: Final = 9  # Times as long as the hints before took: they have a tenth of one processor at most.
_LONGEST_PAUSE_SECONDS: Final = 0.05
_CROWD: Final = 4  # So many shared a hint.
_PAUSE_IN_A_CROWD_SECONDS: Final = 0.1

_log = structlog.get_logger(__name__)


class _Process:
    """What belongs to one process: the hints that wait, and the thread that gives them, from the first one on."""

    def __init__(self) -> None:
        self.asked = Condition()
        self.waiting: dict[Hashable, Callable[[], object]] = {}
        self.asked_for: Counter[Hashable] = Counter()
        self.thread: Thread | None = None

    def take(self) -> tuple[list[Callable[[], object]], int]:
        """The hints that wait, and how many share the one that most have asked for."""
        with self.asked:
            taken, self.waiting = self.waiting, {}
            asked_for, self.asked_for = self.asked_for, Counter()
        return list(taken.values()), max(asked_for.values(), default=0)


_process = _Process()


def _start_afresh() -> None:
    """In a forked child, which inherits neither the thread nor what its parent is about to give."""
    global _process  # noqa: PLW0603 - a fork makes a new process, and this is its one state.
    _process = _Process()


os.register_at_fork(after_in_child=_start_afresh)


def give_soon(about: Hashable, give: Callable[[], object]) -> None:
    """Call ``give`` in a while, in another thread; of those about the same that wait, only the last is called."""
    process = _process
    with process.asked:
        process.waiting[about] = give
        process.asked_for[about] += 1
        if process.thread is None:
            process.thread = Thread(target=_give_for_ever, args=(process,), name="hints", daemon=True)
            process.thread.start()
        process.asked.notify()


def _give_for_ever(process: _Process) -> None:
    while True:
        with process.asked:
            process.asked.wait_for(lambda: process.waiting)
        started = perf_counter()
        share = _give_all(process)
        pause = min(_PAUSES * (perf_counter() - started), _LONGEST_PAUSE_SECONDS)
        sleep(_PAUSE_IN_A_CROWD_SECONDS if share >= _CROWD else pause)


def _give_all(process: _Process) -> int:
    """Returns how many shared one."""
    hints, share = process.take()
    for give in hints:
        try:
            give()
        except Exception:  # noqa: BLE001 - whatever it is, the next hint is given.
            _log.exception("hint_not_given")
    return share


@atexit.register
def _give_the_last() -> None:
    _give_all(_process)
