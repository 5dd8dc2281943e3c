"""The ids that every log line of one request or one task carries, such as ``request_id`` and ``payout_id``.

Ids only. A name, an account or an amount bound here would be in every line that follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars


@contextmanager
def scope(**ids: str) -> Iterator[None]:
    """Open one request or one task: only ``ids`` are bound inside, and what was bound before returns afterwards.

    Threads are used again for the next request, so a door must open a scope or its lines would carry foreign ids.
    """
    outer = get_contextvars()
    clear_contextvars()
    bind_contextvars(**ids)
    try:
        yield
    finally:
        clear_contextvars()
        bind_contextvars(**outer)


@contextmanager
def bound(**ids: str) -> Iterator[None]:
    """Add ``ids`` to the lines inside, for instance ``payout_id`` while one payout of a set is settled."""
    with bound_contextvars(**ids):
        yield


def bind(**ids: str) -> None:
    """Add ``ids`` to the lines from here to the end of the scope."""
    bind_contextvars(**ids)


def request_id() -> str | None:
    """The id of the request being served, or None outside of one."""
    value = get_contextvars().get("request_id")
    return None if value is None else str(value)
