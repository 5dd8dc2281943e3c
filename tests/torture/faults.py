"""The torture table: every fault with the way to strike. Faults come one at a time."""

from __future__ import annotations

import random
import signal
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.torture.clocks import STEPPED
from tests.torture.rig import LEASE_SECONDS, Rig
from tests.torture.strikes import (
    Scene,
    backend,
    calm,
    child,
    copy_hints,
    cut,
    deploy,
    fates,
    fill_disk,
    fill_redis,
    first,
    flush_redis,
    freeze,
    hit,
    hold,
    lose_replies,
    more_beats,
    outage,
    refuse,
    slow,
    step_clock,
    strand,
    take_connections,
    whole,
)

KILL: Final = signal.SIGKILL
Strike = Callable[[Scene], Awaitable[int]]


@dataclass(frozen=True)
class Fault:
    """One row of the table."""

    name: str
    strike: Strike
    why_not: Callable[[Rig], str | None] = lambda _rig: None
    """Why it cannot be struck on this machine; None where it can."""


NOTHING: Final = Fault("nothing (for comparison)", calm)


def table() -> list[Fault]:
    """Every fault, in the order of the report."""
    everywhere = {**_of_processes(), **_of_links(), **_of_the_provider()}
    return [NOTHING, *(Fault(name, strike) for name, strike in everywhere.items()), *_of_disks(), *_of_clocks()]


def _of_processes() -> dict[str, Strike]:
    past_the_lease = 2 * LEASE_SECONDS + 2
    return {
        "web: kill -9, all processes": partial(hit, pick=whole("web"), number=KILL, times=2, pause=2),
        "web: kill -9, one process": partial(hit, pick=child("web"), number=KILL, times=6, pause=0.7),
        "web: one process frozen": partial(freeze, pick=child("web"), seconds=6),
        "web: restart": partial(hit, pick=first("web"), number=signal.SIGTERM, times=1, pause=4),
        "worker: kill -9, all processes": partial(hit, pick=whole("worker"), number=KILL, times=2, pause=3),
        "worker: kill -9, pool process": partial(hit, pick=child("worker"), number=KILL, times=8, pause=0.6),
        "worker: kill -9, parent only": partial(hit, pick=first("worker"), number=KILL, times=1, pause=4),
        "worker: frozen past its lease": partial(freeze, pick=whole("worker"), seconds=past_the_lease),
        "worker: pool frozen past its lease": partial(freeze, pick=child("worker"), seconds=past_the_lease),
        "worker: restart": partial(hit, pick=first("worker"), number=signal.SIGTERM, times=1, pause=5),
        "rescuer: kill -9, all processes": partial(hit, pick=whole("rescuer"), number=KILL, times=2, pause=3),
        "rescuer: kill -9, pool process": partial(hit, pick=child("rescuer"), number=KILL, times=8, pause=0.6),
        "rescuer: frozen past its lease": partial(freeze, pick=whole("rescuer"), seconds=past_the_lease),
        "inquirer: kill -9, all processes": partial(hit, pick=whole("inquirer"), number=KILL, times=2, pause=3),
        "inquirer: frozen past its lease": partial(freeze, pick=whole("inquirer"), seconds=past_the_lease),
        "beat: kill -9": partial(hit, pick=whole("beat"), number=KILL, times=2, pause=3),
        "beat: frozen": partial(freeze, pick=whole("beat"), seconds=8),
        "beat: three at once": more_beats,
        "deploy: restarts and a migration": deploy,
        "PostgreSQL: immediate stop": partial(hit, pick=first("postgres"), number=signal.SIGQUIT, times=2, pause=3),
        "PostgreSQL: kill -9, one backend": partial(hit, pick=backend, number=KILL, times=3, pause=1.5),
        "PostgreSQL: backends terminated": partial(hit, pick=backend, number=signal.SIGTERM, times=20, pause=0.2),
        "PostgreSQL: no connection left": partial(take_connections, seconds=5),
        "PostgreSQL: frozen": partial(freeze, pick=whole("postgres"), seconds=6),
        "Redis: kill -9": partial(hit, pick=first("redis"), number=KILL, times=3, pause=2),
        "Redis: FLUSHALL": flush_redis,
        "Redis: full": partial(fill_redis, seconds=6),
        "Redis: each hint five times": copy_hints,
        "Redis: frozen": partial(freeze, pick=first("redis"), seconds=8),
        "provider: kill -9": partial(hit, pick=whole("simulator"), number=KILL, times=3, pause=2),
        "provider: frozen": partial(freeze, pick=whole("simulator"), seconds=6),
    }


def _of_links() -> dict[str, Strike]:
    commit, http = b"COMMIT\x00", b"HTTP/1.1 "
    return {
        "COMMIT's reply lost, one in five": partial(
            lose_replies, proxy="postgres", pattern=commit, chance=0.2, seconds=5
        ),
        "PostgreSQL: connections reset": partial(cut, proxy="postgres"),
        "PostgreSQL: refused": partial(refuse, proxy="postgres", seconds=4),
        "PostgreSQL: silent, requests only": partial(hold, proxy="postgres", ways="there", seconds=6),
        "PostgreSQL: silent, replies only": partial(hold, proxy="postgres", ways="back", seconds=6),
        "PostgreSQL: slow link": partial(slow, proxy="postgres", latency=0.02, bytes_per_second=500_000, seconds=5),
        "Redis: connections reset": partial(cut, proxy="redis"),
        "Redis: refused": partial(refuse, proxy="redis", seconds=15),
        "Redis: silent, both ways": partial(hold, proxy="redis", ways="both", seconds=8),
        "Redis: replaced without FIN": partial(strand, proxy="redis", seconds=4),
        "provider's reply lost, every second": partial(
            lose_replies, proxy="simulator", pattern=http, chance=0.5, seconds=5
        ),
        "provider's reply lost, always": partial(lose_replies, proxy="simulator", pattern=http, chance=1, seconds=5),
        "provider: connections reset": partial(cut, proxy="simulator"),
        "provider: refused": partial(refuse, proxy="simulator", seconds=5),
        "provider: silent, requests only": partial(hold, proxy="simulator", ways="there", seconds=6),
        "provider: silent, replies only": partial(hold, proxy="simulator", ways="back", seconds=6),
        "provider: drips": partial(slow, proxy="simulator", latency=0, bytes_per_second=200, seconds=6),
        "API's reply lost, one in three": partial(lose_replies, proxy="web", pattern=http, chance=0.33, seconds=5),
        "API: connections reset": partial(cut, proxy="web"),
    }


def _of_the_provider() -> dict[str, Strike]:
    """Scenarios of the simulated provider; ``payouts_simulator`` says what each word means."""
    after = {"error": 2, "error:reject": 1, "throttle": 1, "error_for_ever": 1}
    before = {"lose_unbooked": 2, "lose_unbooked:reject": 1, "error_unbooked": 1, "throttle_unbooked": 1}
    calls = {"delay:1:early": 1, "delay:1:thrice": 1, "return:1:reversed": 1, "delay:1:forged": 1}
    return {
        "provider loses each first answer": partial(fates, of={"lose": 3, "lose:reject": 1}, seconds=5),
        "provider resets or refuses before booking": partial(fates, of=before, seconds=4),
        "provider answers 500 or 429 after booking": partial(fates, of=after, seconds=4),
        "provider hangs or drips after booking": partial(fates, of={"hang": 1, "drip": 1}, seconds=4),
        "provider hides what it has booked": partial(fates, of={"hide:3": 1, "lose:hide:3": 2}, seconds=4),
        "provider settles late": partial(fates, of={"delay:3": 2, "delay:3:reject": 1, "lose:delay:3": 1}, seconds=4),
        "provider returns the money": partial(fates, of={"return:1": 1, "lose:return:1": 1}, seconds=4),
        "provider calls back early, thrice, reversed or forged": partial(fates, of=calls, seconds=4),
        "provider contradicts itself": partial(fates, of={"contradict:1": 1}, seconds=4),
        "provider's outage: 500": partial(outage, kind="error", seconds=5),
        "provider's outage: 429": partial(outage, kind="throttle", seconds=5),
        "provider's outage: resets": partial(outage, kind="lose", seconds=5),
        "provider's outage: hangs": partial(outage, kind="hang", seconds=5),
    }


def _of_disks() -> Iterator[Fault]:
    yield Fault("PostgreSQL: disk of the log full", partial(fill_disk, seconds=6), lambda rig: rig.disk.why_not)


def _of_clocks() -> Iterator[Fault]:
    hours = {f"two hours {way}": seconds for way, seconds in (("ahead", 7200), ("behind", -7200))}
    half_a_minute = {f"30 s {way}": seconds for way, seconds in (("ahead", 30), ("behind", -30))}
    for name in STEPPED:
        for step, seconds in (half_a_minute if name == "web" else hours).items():
            strike = partial(step_clock, name=name, seconds=seconds)
            yield Fault(f"{name}: clock {step}", strike, lambda rig: rig.clocks.why_not)


def plan(chosen: Iterable[Fault], chances: random.Random) -> Iterator[Fault]:
    """The faults in an order of chance, round after round, without end."""
    round_of = list(chosen)
    while True:
        chances.shuffle(round_of)
        yield from round_of
