"""What an invariant is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise; ``query`` finds what breaks it."""

    name: str
    means: str
    reads: Literal["everything", "open"]
    query: str
