"""The named steps in which a payout is written or a provider is called; nothing of either happens outside one.

So the places where a process may die are few and known, and `tests/crashes` dies at each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        "release",
        "submit",
        "inquire",
        "settle",
        "verify_callback",
        "keep_callback",
    }
)


def _nobody(_name: str, _moment: Moment) -> None:
    """Nobody watches, outside tests."""


_watcher: Watcher = _nobody


def watch(watcher: Watcher) -> None:
    """Tell ``watcher`` of each moment of each step that this process reaches from now on."""
    global _watcher  # noqa: PLW0603 - one process, one watcher, and tests alone set it.
    _watcher = watcher


@contextmanager
def step(name: str, *, writes: bool = False) -> Iterator[None]:
    """Run the block as the step ``name``; ``writes``: in one transaction, committed when the step ends."""
    _watcher(name, "before")
    if writes:
        with transaction.atomic():
            yield
            _watcher(name, "inside")
    else:
        yield
    _watcher(name, "after")
