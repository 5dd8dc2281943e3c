"""The ways to strike. Each lasts some seconds, heals before it returns, and says how often it struck."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from payouts_service.cli.embedded.places import bin_folder
from tests.torture import processes
from tests.torture.load import USUAL_FATES, Load
from tests.torture.rig import Rig

UNDONE: Final = "0015_send_again"
"""The migration that a deployment applies: the last of payouts, which the release before it can do without."""
UNDONE_INDEXES: Final = ("attempt_to_ask_or_send",)
"""What it made."""
GIVEN_BACK: Final = {
    "attempt_to_ask": "payouts_payoutattempt (connector, next_inquiry_at, id) WHERE next_inquiry_at IS NOT NULL",
}
"""What it removed, and of what that was made."""
_MEGABYTES_OF_LOG: Final = 300
_COPY_HINTS: Final = """
for _, queue in ipairs(KEYS) do
  for _, hint in ipairs(redis.call('LRANGE', queue, 0, 9)) do
    for _ = 1, 4 do redis.call('LPUSH', queue, hint) end
  end
end
return redis.status_reply('OK')
"""


@dataclass(frozen=True)
class Scene:
    """What a fault acts on."""

    rig: Rig
    load: Load
    chances: random.Random


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


async def copy_hints(scene: Scene) -> int:
    """What waits in the queues waits there five times, and out of order."""
    times = 20
    for _ in range(times):
        await scene.rig.redis("EVAL", _COPY_HINTS, "3", "payouts", "inquiries", "rescue")
        await asyncio.sleep(0.3)
    return times


async def fill_redis(scene: Scene, *, seconds: float) -> int:
    """Redis has reached its ``maxmemory`` and refuses whatever needs more."""
    await scene.rig.redis("CONFIG", "SET", "maxmemory", "1")
    try:
        await asyncio.sleep(seconds)
    finally:
        await scene.rig.redis("CONFIG", "SET", "maxmemory", "0")
    return 1


async def take_connections(scene: Scene, *, seconds: float) -> int:
    """Somebody else holds every connection that PostgreSQL allows, those of the service too."""
    held = await _connect(scene, 200)
    scene.rig.proxies["postgres"].cut()
    held += await _connect(scene, 60)
    try:
        await asyncio.sleep(seconds)
    finally:
        for connection in held:
            await connection.close()
    return len(held)


async def _connect(scene: Scene, times: int) -> list[psycopg.AsyncConnection]:
    """As many connections as there are, up to ``times``."""
    found = await asyncio.gather(*(_connection(scene) for _ in range(times)), return_exceptions=True)
    return [connection for connection in found if isinstance(connection, psycopg.AsyncConnection)]


async def _connection(scene: Scene) -> psycopg.AsyncConnection:
    """Of the owner's, around the proxy."""
    address = scene.rig.settings.kept["MIGRATION_DATABASE_URL"]
    return await psycopg.AsyncConnection.connect(address, connect_timeout=10)


async def fill_disk(scene: Scene, *, seconds: float) -> int:
    """The disk of PostgreSQL's log is full, and PostgreSQL stops; then there is room again."""
    disk = scene.rig.disk
    disk.fill()
    try:
        stopped = await _write_until_it_stops(scene)
        await asyncio.sleep(seconds)
    finally:
        disk.free()
    return int(stopped)


async def _write_until_it_stops(scene: Scene) -> bool:
    """Use up the segments that PostgreSQL holds already; whether it stopped over it."""
    try:
        async with await _connection(scene) as connection:
            for _ in range(_MEGABYTES_OF_LOG):
                await connection.execute("SELECT pg_logical_emit_message(false, 'torture', repeat('x', 1000000))")
                await connection.commit()
    except psycopg.OperationalError:
        return True
    return False


async def deploy(scene: Scene) -> int:
    """A rolling restart of the release before into this one: what the last migration made is missing until its middle.

    Raises RuntimeError where nothing was migrated, since then nothing was tried.
    """
    rig, programs = scene.rig, ("web", "worker", "inquirer", "rescuer", "beat")
    await _take_back(scene)
    for name in programs:
        if name == "inquirer":
            migrated = await asyncio.to_thread(rig.run, "payouts", "migrate", "--json")
            if f'"payouts.{UNDONE}"' not in migrated.stdout:
                raise RuntimeError(f"payouts migrate: {migrated.stdout}{migrated.stderr}")
        processes.send([pid for pid in [rig.pid(name)] if pid], signal.SIGTERM)
        await asyncio.sleep(2)
    return len(programs)


async def _take_back(scene: Scene) -> None:
    """Undo the migration, as the owner, and without what would hold up the payouts that flow."""
    async with await _connection(scene) as owner:
        await owner.set_autocommit(True)
        for index, of in GIVEN_BACK.items():
            make = sql.SQL("CREATE INDEX CONCURRENTLY {} ON " + of)
            await owner.execute(make.format(sql.Identifier(index)))
        for index in UNDONE_INDEXES:
            await owner.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(index)))
        await owner.execute("DELETE FROM django_migrations WHERE app = 'payouts' AND name = %s", [UNDONE])


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


async def slow(scene: Scene, *, proxy: str, latency: float, bytes_per_second: float, seconds: float) -> int:
    """A slow and narrow link: seconds more in each direction for every chunk, and few bytes a second."""
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


async def step_clock(scene: Scene, *, name: str, seconds: float) -> int:
    """One program's wall clock jumps, and after a while it jumps back; some payouts are asked for a little ahead."""
    scene.load.ahead_seconds = 3
    scene.rig.clocks.step(name, seconds)
    try:
        await asyncio.sleep(8)
    finally:
        scene.rig.clocks.step(name, 0)
        scene.load.ahead_seconds = 0
    return 2


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
