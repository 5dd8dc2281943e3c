"""A client that reads the feed, and writers whose transactions stay open for as long as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Signal
from typing import Any
from urllib.parse import urlencode

from django.db import connections, transaction

from tests.client import Client

EVENTS = "/api/events/"
_PATIENCE_SECONDS = 60


def read_page(client: Client, **query: Any) -> dict[str, Any]:
    """One page of the feed; fails the test unless it is given."""
    response = client.get(f"{EVENTS}?{urlencode(query, doseq=True)}")
    assert response.status_code == 200, response.content
    return client.json(response)


def read_on(client: Client, cursor: str | None, **query: Any) -> tuple[list[dict[str, Any]], str]:
    """Every event behind the cursor, or from the first, page by page, and the cursor behind the last."""
    events: list[dict[str, Any]] = []
    while True:
        page = read_page(client, **query, **({} if cursor is None else {"cursor": cursor}))
        events += page["data"]
        cursor = str(page["next_cursor"])
        if not page["has_more"]:
            return events, cursor


def told(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What happened to which object, in order."""
    return [(event["type"], event["object_id"]) for event in events]


@contextmanager
def uncommitted(*writes: Callable[[], object]) -> Iterator[Callable[[], object]]:
    """Another thread's transaction that has made the first write; each call of what is given makes the next one.

    It commits when the block ends.
    """
    steps = [(write, Signal(), Signal()) for write in writes]
    end = Signal()
    waiting = iter(steps)

    def run() -> None:
        try:
            with transaction.atomic():
                for write, begin, done in steps:
                    assert begin.wait(_PATIENCE_SECONDS)
                    write()
                    done.set()
                assert end.wait(_PATIENCE_SECONDS)
        finally:
            for _, _, done in steps:
                done.set()
            connections.close_all()

    def proceed() -> None:
        _, begin, done = next(waiting)
        begin.set()
        assert done.wait(_PATIENCE_SECONDS)

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(run)
        try:
            proceed()
            yield proceed
        finally:
            for _, begin, _ in steps:
                begin.set()
            end.set()
        running.result()
