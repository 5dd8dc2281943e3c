"""How much each size of the benchmark does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Size:
    """Rounds, seconds and numbers of payouts."""

    name: str
    rounds: int
    create_rounds: int
    """Of creates, whose figures lie farthest apart from round to round."""
    warm_up_seconds: int
    load_seconds: int
    """Of one run of creates."""
    drained: int
    """Payouts that are ready when a drain of ours begins."""
    drained_by_peer: int
    """The same for the peers, whose rate does not depend on it."""
    drained_slowly: int
    """Ready payouts where a provider takes its time, and where accounts are compared."""
    grown_from: int
    """Finished payouts of the small table."""
    grown: int
    """Finished payouts of the large table."""
    backlog: int
    """Ready payouts of the long backlog that is claimed from."""
    reads: int
    """Of each kind in each round."""
    alone: int
    """Payouts a round that are paid one at a time."""
    rest_seconds: int
    """How long the stack is watched at rest, in each round."""
    remembered: int
    """Payouts that one process makes or pays, to see whether it grows."""


SMOKE: Final = Size(
    name="smoke",
    rounds=1,
    create_rounds=1,
    warm_up_seconds=2,
    load_seconds=2,
    drained=200,
    drained_by_peer=50,
    drained_slowly=1000,
    grown_from=500,
    grown=1000,
    backlog=3000,
    reads=5,
    alone=3,
    rest_seconds=2,
    remembered=100,
)
"""Proves that the harness works; its figures mean nothing."""
QUICK: Final = Size(
    name="quick",
    rounds=3,
    create_rounds=3,
    warm_up_seconds=1,
    load_seconds=2,
    drained=2000,
    drained_by_peer=200,
    drained_slowly=3000,
    grown_from=2000,
    grown=20_000,
    backlog=20_000,
    reads=40,
    alone=20,
    rest_seconds=3,
    remembered=5000,
)
FULL: Final = Size(
    name="full",
    rounds=5,
    create_rounds=9,
    warm_up_seconds=3,
    load_seconds=5,
    drained=20_000,
    drained_by_peer=1000,
    drained_slowly=20_000,
    grown_from=10_000,
    grown=200_000,
    backlog=200_000,
    reads=150,
    alone=40,
    rest_seconds=8,
    remembered=20_000,
)
LARGE: Final = replace(FULL, name="large", grown=5_000_000, backlog=1_000_000, remembered=200_000)
"""Takes an hour and forty GiB of disk; for measures 5, 6, 11, 12 and 13."""
SIZES: Final = {size.name: size for size in (SMOKE, QUICK, FULL, LARGE)}
