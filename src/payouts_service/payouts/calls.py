"""The threads that call connectors, and the answers they bring. They never touch the database.

A thread goes on with the next call as long as one waits, and the answers come together in one queue. So calls that are
answered at once cost no switch of threads each, and many answers are taken, and settled, in one go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final, Self

from payouts_service.connectors.contract import Outcome
from payouts_service.payouts.claims import Claimed

GATHER_SECONDS: Final = 0.01
"""For so long a first answer waits for those of other calls under way: a settlement costs as much as ten answers."""

PIECE: Final = 64
"""The most answers taken at once of calls that last: so their places are used again while the rest are settled."""

Answer = tuple[Claimed, Outcome | None]
"""What was called for, and what came of it; None where nothing was sent."""


class Calls:
    """The calls of all connectors that are under way in this process."""

    def __init__(self) -> None:
        self._answers: SimpleQueue[tuple[Callers, Claimed, Outcome | BaseException | None]] = SimpleQueue()
        self.under_way = 0

    def callers(self, name: str, most: int, call: Callable[[Claimed], Outcome | None]) -> Callers:
        """Threads for one connector, at most so many; ``call`` makes one call of it."""
        return Callers(name, most, call, self)

    def take(self, *, patience_seconds: float) -> list[Answer]:
        """The answers that are there, after waiting for the first; none where none comes in time.

        While other calls are under way, those of the next moment are taken too. A call alone is answered at once.
        Raises what a call raised.
        """
        taken: list[Answer] = []
        begun_at = monotonic()
        try:
            self._take_one(taken, patience_seconds)
            first_at = monotonic()
            most = PIECE if first_at - begun_at > GATHER_SECONDS else self.under_way + 1
            while self.under_way and len(taken) < most:
                self._take_one(taken, max(0, first_at + GATHER_SECONDS - monotonic()))
        except Empty:
            pass
        return taken

    def _take_one(self, taken: list[Answer], patience_seconds: float) -> None:
        callers, item, answer = self._answers.get(timeout=patience_seconds)
        callers.under_way -= 1
        self.under_way -= 1
        if isinstance(answer, BaseException):
            raise answer
        taken.append((item, answer))

    def answered(self, callers: Callers, item: Claimed, answer: Outcome | BaseException | None) -> None:
        """A thread is back from a call."""
        self._answers.put((callers, item, answer))


class Callers:
    """Threads that call one connector, begun when they are needed; a context manager that ends them."""

    def __init__(self, name: str, most: int, call: Callable[[Claimed], Outcome | None], calls: Calls) -> None:
        self._name = name
        self._most = most
        self._call = call
        self._calls = calls
        self._waiting: SimpleQueue[Claimed | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.under_way = 0

    @property
    def free(self) -> int:
        """How many calls may begin."""
        return self._most - self.under_way

    def begin(self, items: Sequence[Claimed]) -> None:
        """Call for these, each as soon as a thread is free."""
        self.under_way += len(items)
        self._calls.under_way += len(items)
        for item in items:
            self._waiting.put(item)
        for number in range(len(self._threads), min(self._most, self.under_way)):
            if self._waiting.empty():
                break  # Those that there are have answers already.
            thread = threading.Thread(target=self._work, name=f"{self._name}_{number}")
            self._threads.append(thread)
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Wait until every call that began has ended."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            try:
                answer: Outcome | BaseException | None = self._call(item)
            except BaseException as error:  # noqa: BLE001 - Raised where the answer is taken, or nobody would hear of it.
                answer = error
            self._calls.answered(self, item, answer)
