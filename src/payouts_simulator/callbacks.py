"""Sends the callbacks of the outbox, signed after the manner of Standard Webhooks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from aiohttp import web

from payouts_simulator import outbox
from payouts_simulator.bookkeeper import BOOKS, Bookkeeper
from payouts_simulator.books import Books
from payouts_simulator.control import DESK, Desk
from payouts_simulator.outbox import Callback, Try

ANSWER_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.1
_MOST_AT_ONCE: Final = 32


def signature(secret: str, event_id: str, timestamp: str, body: str) -> str:
    """The value of ``webhook-signature``: HMAC-SHA256 over ``id.timestamp.body``, keyed with the secret's UTF-8."""
    signed = f"{event_id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


class Courier:
    """Looks into the outbox ten times a second and sends what is due, each callback until it is answered with 2xx."""

    def __init__(self, keeper: Bookkeeper, desk: Desk, session: aiohttp.ClientSession) -> None:
        self._keeper = keeper
        self._desk = desk
        self._session = session
        self._under_way: dict[int, asyncio.Task[Try]] = {}
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)
        self._outbox = asyncio.Lock()  # What was read as due must not be written down as tried meanwhile.

    async def work(self) -> None:
        """Send until cancelled."""
        while True:
            await self._write_down()
            if self._desk.control.callback_url is not None:
                await self._start(None)
            await asyncio.sleep(_LOOK_SECONDS)

    async def send_now(self, reference: str) -> None:
        """Send what is due for this reference; returns when each was answered, or was not."""
        if self._desk.control.callback_url is not None:
            await asyncio.gather(*await self._start(reference))

    async def _start(self, reference: str | None) -> list[asyncio.Task[Try]]:
        async with self._outbox:
            callbacks = await self._keeper.do(_due, reference)
            for callback in callbacks:
                if callback.id not in self._under_way:
                    self._under_way[callback.id] = asyncio.create_task(self._send(callback))
            return [self._under_way[callback.id] for callback in callbacks]

    async def _send(self, callback: Callback) -> Try:
        async with self._places:
            answer = await self._post(callback)
        return Try(callback.id, answer, delivered=answer.startswith("2"))

    async def _post(self, callback: Callback) -> str:
        """The HTTP status that came back, or the name of the error."""
        secret = secrets.token_hex() if callback.forged or self._desk.secret is None else self._desk.secret
        timestamp = str(int(time.time()))
        headers = {
            "content-type": "application/json",
            "webhook-id": callback.event_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(secret, callback.event_id, timestamp, callback.body),
        }
        try:
            async with self._session.post(
                str(self._desk.control.callback_url), data=callback.body, headers=headers, allow_redirects=False
            ) as answer:
                return str(answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__

    async def _write_down(self) -> None:
        """Record the tries that have ended; until then they stay under way, so that none is sent twice at a time."""
        async with self._outbox:
            tried = [task.result() for task in self._under_way.values() if task.done()]
            if tried:
                await self._keeper.do(_record, tried)
            for one in tried:
                del self._under_way[one.id]


COURIER: Final = web.AppKey("courier", Courier)
_AT_WORK: Final = web.AppKey("courier_at_work", asyncio.Task[None])


async def keep_courier(app: web.Application) -> AsyncIterator[None]:
    """Employs the courier while the application runs."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        app[COURIER] = Courier(app[BOOKS], app[DESK], session)
        app[_AT_WORK] = asyncio.create_task(app[COURIER].work())
        yield
        app[_AT_WORK].cancel()
        await asyncio.gather(app[_AT_WORK], return_exceptions=True)


def is_at_work(app: web.Application) -> bool:
    """Whether the courier still does its work."""
    return not app[_AT_WORK].done()


def _due(books: Books, reference: str | None) -> list[Callback]:
    with books.transaction() as (database, now):
        return outbox.due(database, now, reference)


def _record(books: Books, tries: list[Try]) -> None:
    with books.transaction() as (database, now):
        outbox.record(database, tries, now)
