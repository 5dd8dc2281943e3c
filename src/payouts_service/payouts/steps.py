"""The named steps in which a payout is written or a provider is called; nothing of either happens outside one.

So the places where a process may die are few and known, and `tests/crashes` dies at each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

from django.db import transaction

Moment = Literal["before", "inside", "after"]
"""``before`` and ``after`` the step; ``inside``: all is written, and the transaction about to commit."""

Watcher = Callable[[str, Moment], None]

STEPS: Final = frozenset(
    {
        "create",
        "update",
        "cancel",
        "delete",
        "hint",
        "claim",
        "claim_due",
        "park",
        "pause",
        "top_up",
        "set_policy",
        "release",
        "release_funds",
        "catch_up",
        "reveal",
        "submit",
        "inquire",
        "settle",
        "verify_callback",
        "keep_callback",
        "claim_returns",
        "book_return",
        "reseal",
        "erase",
        "set_limits",
        "adjust",
    }
)
ALONE: Final = frozenset({"create"})
"""Steps that are one statement, which commits by itself: nothing lies between what it writes and its commit."""
OF_COMMANDS: Final = frozenset({"reseal", "erase", "set_limits", "adjust"})
"""Steps of operators' commands alone; no process that serves or pays reaches them."""


def _nobody(_name: str, _moment: Moment) -> None:
    """Nobody watches, outside tests."""


_watcher: Watcher = _nobody
_writing: ContextVar[str | None] = ContextVar("writing", default=None)


def watch(watcher: Watcher) -> None:
    """Tell ``watcher`` of each moment of each step that this process reaches from now on."""
    global _watcher  # noqa: PLW0603 - one process, one watcher, and tests alone set it.
    _watcher = watcher


class StepInsideStep(Exception):
    """A step began in another's transaction, where no provider may be called and no commit relied on. Our fault."""


@contextmanager
def step(name: str, *, writes: bool = False, durable: bool = False) -> Iterator[None]:
    """Run the block as the step ``name``; ``writes``: in one transaction.

    ``durable``: it is committed when the step ends, because a provider is called next; raises RuntimeError inside a
    larger transaction. Raises StepInsideStep where another step is writing.
    """
    if (writing := _writing.get()) is not None:
        raise StepInsideStep(f"{name} inside {writing}")
    _watcher(name, "before")
    if writes:
        with transaction.atomic(durable=durable):
            token = _writing.set(name)
            try:
                yield
                _watcher(name, "inside")
            finally:
                _writing.reset(token)
    else:
        yield
    _watcher(name, "after")
