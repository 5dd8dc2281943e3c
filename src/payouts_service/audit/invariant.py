"""What an invariant is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise; ``query`` finds what breaks it, and ``reads`` says of what.

    - ``everything``: of whole tables at once. A full audit alone judges it.
    - ``payouts``: of each payout by itself, with its attempts, events, returns and entries. So the same query judges
      some payouts alone, those that changed.
    - ``accounts``: of each account from its first entry on. ``recent`` judges the entries since a time instead, each
      against the one before it: where the history before was right, and each step since, all is.
    - ``open``: of what is not finished, by partial indexes. Every audit judges it as a whole.
    """

    name: str
    means: str
    reads: Literal["everything", "payouts", "accounts", "open"]
    query: str
    recent: str | None = None
