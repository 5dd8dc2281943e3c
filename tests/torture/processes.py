"""The processes that work in one folder: found by their working directory, signalled by their ids, and no others.

Linux only: it reads /proc.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_PATIENCE_SECONDS: Final = 10


def working_in(folder: Path) -> list[int]:
    """The ids of the processes whose working directory is that folder or lies in it."""
    return [pid for pid in _all() if _works_in(pid, folder)]


def tree(root: int) -> list[int]:
    """A process and its descendants, the parents first; empty when there is none."""
    parents = {pid: _parent(pid) for pid in _all()}
    found = [root] if root in parents else []
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found


def resident_bytes(pid: int) -> int:
    """What it holds in memory, pages that it shares with others included; 0 where it has ended. See proc(5)."""
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Signal those that still exist."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def end_all(folder: Path) -> None:
    """Kill whatever works in that folder until nothing does. Raises TimeoutError."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while left := working_in(folder):
        if time.monotonic() > deadline:
            raise TimeoutError(f"these processes do not end: {left}")
        send(left, signal.SIGKILL)
        time.sleep(0.05)


def _all() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _works_in(pid: int, folder: Path) -> bool:
    try:
        place = Path(os.readlink(_PROC / str(pid) / "cwd"))  # noqa: PTH115 - Path.readlink reads the same.
    except OSError:  # It has ended, or is another user's.
        return False
    return place.is_relative_to(folder)


def _parent(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0
    return int(status.rpartition(")")[2].split()[1])  # The name before may hold anything; see proc(5).
