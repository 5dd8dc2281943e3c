"""Measure 8: the drain where all payouts move money in the accounts of one tenant and currency."""

from __future__ import annotations

from bench.backlog import backlog
from bench.figures import Comparison
from bench.rig import Rig
from bench.sizes import Size

SPREAD = 1000


def run(rig: Rig, size: Size) -> list[Comparison]:
    """Payouts a second, beside the same over the accounts of a thousand tenants."""
    one, many = backlog(rig, size.drained), backlog(rig, size.drained, tenants=SPREAD)
    hot, spread = [], []
    for _ in range(size.rounds):
        hot.append(one.drain())
        spread.append(many.drain())
    return [Comparison(8, "drain, one tenant", "a thousand tenants", "payouts/s", hot, spread, "at least", 0.7, 0.95)]
