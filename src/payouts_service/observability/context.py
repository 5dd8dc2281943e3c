"""The ids that every log line of one request or one task carries, such as ``request_id`` and ``payout_id``.

Ids only. A name, an account or an amount bound here would be in every line that follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from structlog.typing import EventDict

_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default={})  # noqa: B039 - it is replaced, and never changed.


@contextmanager
def scope(**ids: str) -> Iterator[None]:
    """Open one request or one task: only ``ids`` are bound inside, and what was bound before returns afterwards.

    Threads are used again for the next request, so a door must open a scope or its lines would carry foreign ids.
    """
    token = _ids.set(ids)
    try:
        yield
    finally:
        _ids.reset(token)


def bind(**ids: str) -> None:
    """Add ``ids`` to the lines from here to the end of the scope."""
    _ids.set({**_ids.get(), **ids})


def request_id() -> str | None:
    """The id of the request being served, or None outside of one."""
    return _ids.get().get("request_id")


def put_on_line(_: Any, __: str, event: EventDict) -> EventDict:
    """The log line with the ids after what it says itself."""
    for name, value in _ids.get().items():
        event.setdefault(name, value)
    return event
