"""Measure 6: a claim of 200, with few and with many ready payouts, and beside many finished ones."""

from __future__ import annotations

import json
import statistics

from bench.figures import Comparison
from bench.grown import add_ready, grown
from bench.rig import EMPTY, Database, Rig, run as run_command
from bench.sizes import Size

CLAIMS_A_ROUND = 4


def run(rig: Rig, size: Size) -> list[Comparison]:
    """Milliseconds of a claim, each figure the median of a round's claims, beside the same with few ready payouts."""
    few = size.rounds * (CLAIMS_A_ROUND + 1) * 200 + 1000
    short, long = rig.make_database("payouts_short", EMPTY), rig.make_database("payouts_long", EMPTY)
    full = grown(rig, size.grown)
    for database, ready in ((short, few), (long, size.backlog), (full, few)):
        add_ready(rig, database, ready)
    taken: dict[str, list[float]] = {"short": [], "long": [], "full": []}
    for _ in range(size.rounds):
        for name, database in (("short", short), ("long", long), ("full", full)):
            taken[name].append(_claim(rig, database))
    peer = f"with {few:,} ready"
    return [
        Comparison(6, title, peer, "ms", taken[name], taken["short"], "at most", 1.5, 1.1)
        for name, title in (
            ("long", f"claim of 200 with {size.backlog:,} ready"),
            ("full", f"claim of 200 beside {size.grown:,} finished"),
        )
    ]


def _claim(rig: Rig, database: Database) -> float:
    said = run_command(["python", "-m", "bench.claiming", str(CLAIMS_A_ROUND)], rig.service_environment(database))
    taken: list[float] = json.loads(said)
    return statistics.median(taken)
