"""The torture table: every fault with the way to strike and the way to heal.

A fault strikes for some seconds and heals before it returns; it says how often it struck. Faults come one at a time.
"""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from payouts_service.cli.embedded.places import bin_folder
from tests.torture import processes
from tests.torture.load import USUAL_FATES, Load
from tests.torture.rig import LEASE_SECONDS, Rig

KILL: Final = signal.SIGKILL


@dataclass(frozen=True)
class Scene:
    """What a fault acts on."""

    rig: Rig
    load: Load
    chances: random.Random


@dataclass(frozen=True)
class Fault:
    """One row of the table."""

    name: str
    strike: Callable[[Scene], Awaitable[int]]


Pick = Callable[[Scene], list[int]]


def whole(name: str) -> Pick:
    """The process of that name with all its descendants."""
    return lambda scene: scene.rig.tree(name)


def first(name: str) -> Pick:
    """The process of that name alone; its children live on for a while."""
    return lambda scene: scene.rig.tree(name)[:1]


def child(name: str) -> Pick:
    """One of its children, by chance."""
    return lambda scene: _one_of(scene, scene.rig.tree(name)[1:])


def backend(scene: Scene) -> list[int]:
    """One of PostgreSQL's processes that serve the service, by chance."""
    return _one_of(scene, scene.rig.backends())


def _one_of(scene: Scene, pids: list[int]) -> list[int]:
    return [scene.chances.choice(pids)] if pids else []


async def hit(scene: Scene, *, pick: Pick, number: signal.Signals, times: int, pause: float) -> int:
    """Signal what ``pick`` finds, ``times`` times."""
    hits = 0
    for _ in range(times):
        pids = await asyncio.to_thread(pick, scene)
        processes.send(pids, number)
        hits += bool(pids)
        await asyncio.sleep(pause * (0.5 + scene.chances.random()))
    return hits


async def freeze(scene: Scene, *, pick: Pick, seconds: float) -> int:
    """SIGSTOP, wait, SIGCONT."""
    pids = await asyncio.to_thread(pick, scene)
    processes.send(pids, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        processes.send(pids, signal.SIGCONT)
    return int(bool(pids))


async def flush_redis(scene: Scene) -> int:
    """FLUSHALL, again and again."""
    times = 8
    for _ in range(times):
        await scene.rig.redis("FLUSHALL")
        await asyncio.sleep(0.5)
    return times


async def lose_replies(scene: Scene, *, proxy: str, pattern: bytes, chance: float, seconds: float) -> int:
    """The proxy swallows replies that hold the pattern and resets their connections."""
    harmed = scene.rig.proxies[proxy]
    before = harmed.dropped
    harmed.drop_replies(pattern, chance)
    try:
        await asyncio.sleep(seconds)
    finally:
        await harmed.heal()
    return harmed.dropped - before


async def cut(scene: Scene, *, proxy: str) -> int:
    """The proxy resets every connection, again and again."""
    times = 8
    for _ in range(times):
        scene.rig.proxies[proxy].cut()
        await asyncio.sleep(scene.chances.random())
    return times


async def refuse(scene: Scene, *, proxy: str, seconds: float) -> int:
    """Nobody listens, and what was connected is reset."""
    harmed = scene.rig.proxies[proxy]
    harmed.refuse()
    harmed.cut()
    try:
        await asyncio.sleep(seconds)
    finally:
        await harmed.heal()
    return 1


async def hold(scene: Scene, *, proxy: str, ways: str, seconds: float) -> int:
    """Silence in one direction or both, as behind a broken route."""
    harmed = scene.rig.proxies[proxy]
    for way in {"there": [harmed.to_server], "back": [harmed.to_client]}.get(
        ways, [harmed.to_server, harmed.to_client]
    ):
        way.hold()
    try:
        await asyncio.sleep(seconds)
    finally:
        await harmed.heal()
    return 1


async def slow(scene: Scene, *, proxy: str, latency: float, bytes_per_second: float | None, seconds: float) -> int:
    """A slow link: seconds more in each direction for every chunk, or few bytes a second."""
    harmed = scene.rig.proxies[proxy]
    for way in (harmed.to_server, harmed.to_client):
        way.latency_seconds, way.bytes_per_second = latency, bytes_per_second
    try:
        await asyncio.sleep(seconds)
    finally:
        await harmed.heal()
    return 1


async def strand(scene: Scene, *, proxy: str, seconds: float) -> int:
    """The host behind the proxy is replaced without FIN or RST: old connections stay silent for ever."""
    scene.rig.proxies[proxy].strand()
    await asyncio.sleep(seconds)
    return 1


async def fates(scene: Scene, *, of: Mapping[str, int], seconds: float) -> int:
    """The provider treats every new payment so."""
    before = len(scene.load.intents)
    scene.load.fates = dict(of)
    try:
        await asyncio.sleep(seconds)
    finally:
        scene.load.fates = USUAL_FATES
    return len(scene.load.intents) - before


async def outage(scene: Scene, *, kind: str, seconds: float) -> int:
    """The provider books nothing and treats every request about payments so."""
    await scene.rig.control_provider(outage=kind)
    try:
        await asyncio.sleep(seconds)
    finally:
        await scene.rig.control_provider(outage=None)
    return 1


async def more_beats(scene: Scene) -> int:
    """Two more schedulers beside the one."""
    rig = scene.rig
    with tempfile.TemporaryDirectory(dir=rig.places.local) as folder:
        command = [str(bin_folder() / "celery"), "--app", "payouts_service.celery", "beat", "--pidfile="]
        beats = [_spawn([*command, "--schedule", f"{folder}/{name}"], rig) for name in ("second", "third")]
        try:
            await asyncio.sleep(8)
        finally:
            for beat in beats:
                beat.kill()
                beat.wait()
    return len(beats)


def _spawn(command: list[str], rig: Rig) -> subprocess.Popen[bytes]:
    with Path(rig.places.logs / "more-beats.log").open("ab") as log:
        return subprocess.Popen(command, cwd=rig.places.checkout, env=rig.environment, stdout=log, stderr=log)


async def calm(scene: Scene) -> int:
    """Nothing: the row to compare the others with."""
    await asyncio.sleep(4)
    return 1


def table() -> list[Fault]:
    """Every fault, in the order of the report."""
    return [Fault(name, strike) for name, strike in {**_of_processes(), **_of_links(), **_of_the_provider()}.items()]


def _of_processes() -> dict[str, Callable[[Scene], Awaitable[int]]]:
    past_the_lease = 2 * LEASE_SECONDS + 2
    return {
        "nothing (for comparison)": calm,
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
        "PostgreSQL: immediate stop": partial(hit, pick=first("postgres"), number=signal.SIGQUIT, times=2, pause=3),
        "PostgreSQL: kill -9, one backend": partial(hit, pick=backend, number=KILL, times=3, pause=1.5),
        "PostgreSQL: backends terminated": partial(hit, pick=backend, number=signal.SIGTERM, times=20, pause=0.2),
        "PostgreSQL: frozen": partial(freeze, pick=whole("postgres"), seconds=6),
        "Redis: kill -9": partial(hit, pick=first("redis"), number=KILL, times=3, pause=2),
        "Redis: FLUSHALL": flush_redis,
        "Redis: frozen": partial(freeze, pick=first("redis"), seconds=8),
        "provider: kill -9": partial(hit, pick=whole("simulator"), number=KILL, times=3, pause=2),
        "provider: frozen": partial(freeze, pick=whole("simulator"), seconds=6),
    }


def _of_links() -> dict[str, Callable[[Scene], Awaitable[int]]]:
    commit, http = b"COMMIT\x00", b"HTTP/1.1 "
    return {
        "COMMIT's reply lost, one in five": partial(
            lose_replies, proxy="postgres", pattern=commit, chance=0.2, seconds=5
        ),
        "PostgreSQL: connections reset": partial(cut, proxy="postgres"),
        "PostgreSQL: refused": partial(refuse, proxy="postgres", seconds=4),
        "PostgreSQL: silent, replies only": partial(hold, proxy="postgres", ways="back", seconds=6),
        "PostgreSQL: slow link": partial(slow, proxy="postgres", latency=0.02, bytes_per_second=None, seconds=5),
        "Redis: connections reset": partial(cut, proxy="redis"),
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


def _of_the_provider() -> dict[str, Callable[[Scene], Awaitable[int]]]:
    """Scenarios of the simulated provider; ``payouts_simulator`` says what each word means."""
    after = {"error": 2, "error:reject": 1, "throttle": 1, "error_for_ever": 1}
    before = {"lose_unbooked": 2, "lose_unbooked:reject": 1, "error_unbooked": 1, "throttle_unbooked": 1}
    return {
        "provider loses each first answer": partial(fates, of={"lose": 3, "lose:reject": 1}, seconds=5),
        "provider resets or refuses before booking": partial(fates, of=before, seconds=4),
        "provider answers 500 or 429 after booking": partial(fates, of=after, seconds=4),
        "provider hangs or drips after booking": partial(fates, of={"hang": 1, "drip": 1}, seconds=4),
        "provider hides what it has booked": partial(fates, of={"hide:3": 1, "lose:hide:3": 2}, seconds=4),
        "provider settles late": partial(fates, of={"delay:3": 2, "delay:3:reject": 1, "lose:delay:3": 1}, seconds=4),
        "provider returns the money": partial(fates, of={"return:1": 1, "lose:return:1": 1}, seconds=4),
        "provider contradicts itself": partial(fates, of={"contradict:1": 1}, seconds=4),
        "provider's outage: 500": partial(outage, kind="error", seconds=5),
        "provider's outage: 429": partial(outage, kind="throttle", seconds=5),
        "provider's outage: resets": partial(outage, kind="lose", seconds=5),
        "provider's outage: hangs": partial(outage, kind="hang", seconds=5),
    }


def plan(chosen: Iterable[Fault], chances: random.Random) -> Iterator[Fault]:
    """The faults in an order of chance, round after round, without end."""
    round_of = list(chosen)
    while True:
        chances.shuffle(round_of)
        yield from round_of
