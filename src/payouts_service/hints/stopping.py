"""Whether this worker is told to stop: known to its main process by a signal, and to its children by shared memory."""

from __future__ import annotations

import mmap
from typing import Final

_flag: Final = mmap.mmap(-1, 1)  # Anonymous and shared: made before the fork, one for parent and children.


def stop() -> None:
    """The worker's main process was told to stop: children begin nothing new."""
    _flag[0] = 1


def stopping() -> bool:
    """Whether to begin nothing new."""
    return _flag[0] == 1
