"""Wait for what another process or thread does, without guessing how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(is_so: Callable[[], bool], *, seconds: float = 30) -> None:
    """Returns as soon as it is so; fails the test where it never becomes so. The limit is a watchdog, no promise."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {seconds} s: {is_so}")
        time.sleep(0.05)
