"""The one thread that works on the books, and the queue before it.

Payments that arrive together are booked in one commit, so that one flush of the disk serves them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from payouts_simulator.books import Books, Order, Payment

_Given = ParamSpec("_Given")
_Read = TypeVar("_Read")
_Recorded = tuple[Payment, bool]


class Bookkeeper:
    """Serves any number of requests with one thread. Made by :meth:`open` inside a running event loop."""

    def __init__(self, thread: ThreadPoolExecutor, books: Books) -> None:
        self._thread = thread
        self._waiting: list[tuple[Order, asyncio.Future[_Recorded]]] = []
        self._booking: asyncio.Task[None] | None = None
        self.books = books

    @classmethod
    async def open(cls, path: Path) -> Bookkeeper:
        """Open the books, new or old, in the thread that will own them. Raises sqlite3.Error if they cannot be used."""
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="books")
        return cls(thread, await asyncio.get_running_loop().run_in_executor(thread, Books, path))

    async def record(self, order: Order) -> _Recorded:
        """Book the order; returns when it is on the disk. See :meth:`Books.record`."""
        recorded: asyncio.Future[_Recorded] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, recorded))
        if self._booking is None or self._booking.done():
            self._booking = asyncio.create_task(self._book_what_waits())
        return await recorded

    async def read(self, question: Callable[_Given, _Read], *given: _Given.args, **named: _Given.kwargs) -> _Read:
        """Ask one of the methods of ``books``."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: question(*given, **named))

    async def close(self) -> None:
        """Book what waits, then close the books."""
        if self._booking is not None:
            await self._booking
        await self.read(self.books.close)
        self._thread.shutdown()

    async def _book_what_waits(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                results = await self.read(self.books.record, [order for order, _ in batch])
            except Exception as error:  # noqa: BLE001 - whatever it is, each request that waits must hear of it
                for _, recorded in batch:
                    if not recorded.done():
                        recorded.set_exception(error)
                continue
            for (_, recorded), result in zip(batch, results, strict=True):
                if not recorded.done():  # Cancelled while the server shuts down; the booking stands.
                    recorded.set_result(result)
