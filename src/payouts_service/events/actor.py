"""Who is acting now: bound by the doors (authentication, tasks, commands), read when an event is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A kind (``api_key``, ``person``, ``worker`` …) and an id that can be looked up; never a name or a secret."""

    type: str
    id: str = ""


_SYSTEM = Actor("system")
_current: ContextVar[Actor] = ContextVar("actor", default=_SYSTEM)


def current_actor() -> Actor:
    """The actor of this request, task or command."""
    return _current.get()


def set_actor(actor: Actor) -> None:
    """Bind the actor for the rest of this request; the next request binds its own."""
    _current.set(actor)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Bind the actor inside a ``with`` block."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
