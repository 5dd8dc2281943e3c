"""Measures 3 and 9: the drain where a provider takes 200 ms, with a limit on calls in flight, and by more processes."""

from __future__ import annotations

from bench.backlog import backlog
from bench.figures import Comparison
from bench.rig import Rig
from bench.sizes import Size

SECONDS = 0.2
IN_FLIGHT = 256


def in_flight(rig: Rig, size: Size) -> list[Comparison]:
    """Payouts a second beside what 256 calls of 200 ms allow by Little's law."""
    ready = backlog(rig, size.drained_slowly)
    ours = [ready.drain(INSTANT_SECONDS=str(SECONDS), INSTANT_MAX_IN_FLIGHT=str(IN_FLIGHT)) for _ in range(size.rounds)]
    law = [IN_FLIGHT / SECONDS] * size.rounds
    title = "drain, each call 200 ms, 256 in flight"
    return [Comparison(3, title, "Little's law", "payouts/s", ours, law, "at least", 0.7, 0.9)]


def processes(rig: Rig, size: Size) -> list[Comparison]:
    """Payouts a second of two worker processes beside one; the limit on calls in flight stops neither."""
    ready = backlog(rig, size.drained_slowly)
    two, one = [], []
    for _ in range(size.rounds):
        two.append(ready.drain(processes=2, INSTANT_SECONDS=str(SECONDS)))
        one.append(ready.drain(processes=1, INSTANT_SECONDS=str(SECONDS)))
    title = "drain, each call 200 ms, two worker processes"
    return [Comparison(9, title, "one", "payouts/s", two, one, "at least", 1.7, 1.95)]
