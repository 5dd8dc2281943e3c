"""What a measure brings: rounds, and what they come to.

The two sides of a comparison are measured in turn, so that each round is a pair of the same minutes. Its ratio is ours
to the peer's; the figure of a comparison is the median of those ratios, between the least and the greatest.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Literal

Bound = Literal["at least", "at most"]


@dataclass(frozen=True)
class Spread:
    """The median of some figures, the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, figures: list[float]) -> Spread:
        """Of one figure or more; raises statistics.StatisticsError where there is none."""
        return cls(statistics.median(figures), min(figures), max(figures))


@dataclass(frozen=True)
class Comparison:
    """One line of the table.

    Without a peer the figure is ``ours`` itself. ``floor`` and ``goal`` bound the figure, in the direction of
    ``bound``; None: the line is there for context.
    """

    measure: int
    title: str
    peer_title: str
    unit: str
    ours: list[float]
    peer: list[float] | None
    bound: Bound
    floor: float | None
    goal: float | None
    gated: bool = True
    """Whether ``make bench-check`` looks at it; not at the tails of latencies, which noise makes."""

    @property
    def key(self) -> str:
        """What names the line in every run."""
        return f"{self.measure}: {self.title} / {self.peer_title}"

    def figures(self) -> list[float]:
        """One for each round: the ratio, or without a peer what was measured."""
        if self.peer is None:
            return self.ours
        return [ours / peer for ours, peer in zip(self.ours, self.peer, strict=True)]

    def spread(self) -> Spread:
        """What the line comes to."""
        return Spread.of(self.figures())

    def reaches(self, limit: float | None) -> bool | None:
        """Whether the median is as good as the limit; None where there is none."""
        if limit is None:
            return None
        median = self.spread().median
        return median >= limit if self.bound == "at least" else median <= limit
