"""How much each size of the benchmark does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Size:
    """Rounds, seconds and numbers of payouts."""

    name: str
    rounds: int
    warm_up_seconds: int
    load_seconds: int
    """Of one run of creates."""
    drained: int
    """Payouts that are ready when a drain of ours begins."""
    drained_by_peer: int
    """The same for the peers, whose rate does not depend on it."""


SMOKE: Final = Size(name="smoke", rounds=1, warm_up_seconds=2, load_seconds=2, drained=200, drained_by_peer=50)
"""Proves that the harness works; its figures mean nothing."""
QUICK: Final = Size(name="quick", rounds=3, warm_up_seconds=1, load_seconds=2, drained=3000, drained_by_peer=500)
FULL: Final = Size(name="full", rounds=5, warm_up_seconds=3, load_seconds=5, drained=20_000, drained_by_peer=2000)
SIZES: Final = {size.name: size for size in (SMOKE, QUICK, FULL)}
