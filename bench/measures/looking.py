"""Measure 13: the sweep, and the hourly audit after so many payouts, beside few and beside many finished ones."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict

from bench.claiming import CLAIM
from bench.figures import Comparison
from bench.grown import grown
from bench.rig import Database, Rig, run as run_command
from bench.sizes import Size

CHANGED = 5 * CLAIM
TIMES_A_ROUND = 3


def run(rig: Rig, size: Size) -> list[Comparison]:
    """Milliseconds of each, every figure the median of a round's, beside the same with few finished payouts."""
    databases = {payouts: grown(rig, payouts) for payouts in (size.grown_from, size.grown)}
    for database in databases.values():
        _change(rig, database)
    taken: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(size.rounds):
        for payouts, database in databases.items():
            for name, milliseconds in _look(rig, database).items():
                taken[name][payouts].append(milliseconds)
    peer = f"beside {size.grown_from:,}"
    return [
        Comparison(13, title, peer, "ms", taken[name][size.grown], taken[name][size.grown_from], "at most", 1.5, 1.1)
        for name, title in (
            ("sweep", f"sweep beside {size.grown:,} finished"),
            ("audit", f"hourly audit of {CHANGED:,} beside {size.grown:,}"),
        )
    ]


def _change(rig: Rig, database: Database) -> None:
    """Judge everything, then make and pay payouts: what the hourly audit finds changed since."""
    environment = rig.service_environment(database)
    for command in (
        ["bench.looking", "mark"],
        ["bench.seeding", str(CHANGED), "--name", "changed"],
        ["bench.claiming", str(CHANGED // CLAIM - 1)],
    ):
        run_command(["python", "-m", *command], environment)
    database.rows("VACUUM (ANALYZE)")


def _look(rig: Rig, database: Database) -> dict[str, float]:
    said = run_command(["python", "-m", "bench.looking", "time", str(TIMES_A_ROUND)], rig.service_environment(database))
    taken: dict[str, list[float]] = json.loads(said.splitlines()[-1])
    return {name: statistics.median(every) for name, every in taken.items()}
