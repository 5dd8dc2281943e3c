"""The one thread that works on the books, and the queue before it.

Requests that arrive together are served in one commit, so that one flush of the disk serves them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from aiohttp import web

from payouts_simulator.books import Books, Inquiry, Order, Served

_Given = ParamSpec("_Given")
_Done = TypeVar("_Done")


class Bookkeeper:
    """Serves any number of requests with one thread. Made by :meth:`open` inside a running event loop."""

    def __init__(self, thread: ThreadPoolExecutor, books: Books) -> None:
        self._thread = thread
        self._waiting: list[tuple[Order | Inquiry, asyncio.Future[Served]]] = []
        self._serving: asyncio.Task[None] | None = None
        self._books = books

    @classmethod
    async def open(cls, path: Path) -> Bookkeeper:
        """Open the books, new or old, in the thread that will own them. Raises sqlite3.Error if they cannot be used."""
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="books")
        return cls(thread, await asyncio.get_running_loop().run_in_executor(thread, Books, path))

    async def serve(self, request: Order | Inquiry) -> Served:
        """Book the order, or look up the reference; returns when it is on the disk. See :meth:`Books.serve`."""
        served: asyncio.Future[Served] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, served))
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve_what_waits())
        return await served

    async def do(
        self, work: Callable[Concatenate[Books, _Given], _Done], *given: _Given.args, **named: _Given.kwargs
    ) -> _Done:
        """Have a function work on the books."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: work(self._books, *given, **named)
        )

    async def close(self) -> None:
        """Serve what waits, then close the books."""
        if self._serving is not None:
            await self._serving
        await self.do(Books.close)
        self._thread.shutdown()

    async def _serve_what_waits(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                results = await self.do(Books.serve, [request for request, _ in batch])
            except Exception as error:  # noqa: BLE001 - whatever it is, each request that waits must hear of it
                for _, served in batch:
                    if not served.done():
                        served.set_exception(error)
                continue
            for (_, served), result in zip(batch, results, strict=True):
                if not served.done():  # Cancelled while the server shuts down; the booking stands.
                    served.set_result(result)


BOOKS: Final = web.AppKey("books", Bookkeeper)
"""Where the application keeps its bookkeeper."""
