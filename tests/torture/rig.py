"""A stack of the torture's own: the embedded stack in a temporary folder, each of its servers behind a proxy."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import psycopg

from payouts_service.cli.embedded import programs
from payouts_service.cli.embedded.kept_settings import Settings, free_port, new_settings, port_of
from payouts_service.cli.embedded.places import Places, bin_folder
from payouts_service.cli.embedded.supervision import Supervisor
from payouts_service.cli.embedded.waiting import (
    http_status,
    postgres_answers,
    redis_answers,
    wait_until,
    workers_answer,
)
from tests.torture import clocks, disk, processes
from tests.torture.clocks import Clocks
from tests.torture.disk import Disk
from tests.torture.proxy import Proxy

ROOT: Final = Path(__file__).resolve().parents[2]
LEASE_SECONDS: Final = 5
# Short, so that a recovery is seen within seconds; each is within the limits that production has.
HASTE: Final = {
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "SWEEP_SECONDS": "1",
    "INQUIRY_SECONDS": "0.5",
    "SIMULATOR_TIMEOUT_SECONDS": "1.5",
    "LOG_LEVEL": "INFO",
}
_BEHIND_PROXIES: Final = {"postgres": "DATABASE_URL", "redis": "BROKER_URL", "simulator": "SIMULATOR_URL"}
_PATIENCE_SECONDS: Final = 90


@dataclass(frozen=True)
class Rig:
    """The running stack and every handle on it."""

    places: Places
    settings: Settings
    """With the servers' own addresses."""
    environment: dict[str, str]
    """The processes' environment, with the proxies' addresses."""
    proxies: dict[str, Proxy]
    """By ``postgres``, ``redis``, ``simulator`` and ``web``."""
    supervisor: Supervisor
    clocks: Clocks
    disk: Disk
    key: str
    giving_up: threading.Event
    """Set when everything is about to end: nobody waits for anything then."""

    @property
    def api(self) -> str:
        """The API's address, behind its proxy."""
        return f"http://127.0.0.1:{self.proxies['web'].port}"

    def pid(self, name: str) -> int:
        """The id of the process that supervisord keeps under that name; 0 while there is none."""
        return self.supervisor.processes()[name].pid

    def tree(self, name: str) -> list[int]:
        """The ids of that process and its descendants, itself first."""
        pid = self.pid(name)
        return processes.tree(pid) if pid else []

    def backends(self) -> list[int]:
        """The processes of PostgreSQL that serve the service's sessions."""
        found = [pid for pid in self.tree("postgres")[1:] if b"payouts_runtime" in _command_line(pid)]
        return sorted(found)

    async def rows(self, question: str, *given: Any) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL, around the proxy, until it answers. Raises psycopg.OperationalError after a long wait."""
        return await asyncio.to_thread(self._rows, question, given)

    def _rows(self, question: str, given: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                with psycopg.connect(self.settings.kept["MIGRATION_DATABASE_URL"], connect_timeout=5) as connection:
                    return connection.execute(question.encode(), given).fetchall()
            except psycopg.OperationalError:
                if self.giving_up.is_set() or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    async def redis(self, *words: str) -> None:
        """Send one command to Redis, around the proxy."""
        address = urlsplit(self.settings.kept["BROKER_URL"])
        reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
        for command in (("AUTH", str(address.password)), words):
            writer.write(f"*{len(command)}\r\n".encode() + b"".join(b"$%d\r\n%b\r\n" % _bulk(word) for word in command))
            answer = await reader.readline()
            if not answer.startswith(b"+"):
                raise RuntimeError(f"Redis refused {command[0]}: {answer!r}")
        writer.close()

    async def effects(self) -> list[dict[str, Any]]:
        """The simulated provider's books, read around the proxy: money that really left."""
        return await self._books("/books", "effects")

    async def submits(self) -> dict[str, int]:
        """How often each reference was submitted to the simulated provider, by its books."""
        return {row["reference"]: row["submits"] for row in await self._books("/books/requests", "requests")}

    async def _books(self, path: str, rows: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after: int | None = 0
        async with aiohttp.ClientSession(self.settings.kept["SIMULATOR_URL"], raise_for_status=True) as session:
            while after is not None:
                async with session.get(path, params={"after": after}) as answer:
                    page = await answer.json()
                found += page[rows]
                after = page["next_after"]
        return found

    async def control_provider(self, **changes: str | None) -> None:
        """Change how the simulated provider behaves, around the proxy."""
        async with (
            aiohttp.ClientSession(self.settings.kept["SIMULATOR_URL"], raise_for_status=True) as session,
            session.post("/control", json=changes),
        ):
            pass

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one of the service's commands on this stack, around the proxies."""
        return _run(self.places, {**self.environment, **self.settings.kept}, *command)

    async def heal(self) -> None:
        """End every fault: let frozen processes go on, open the proxies, set the clocks right, free the disk."""
        processes.send(processes.working_in(self.places.checkout), signal.SIGCONT)
        for name in clocks.STEPPED:
            self.clocks.step(name, 0)
        self.disk.free()
        for proxy in self.proxies.values():
            await proxy.heal()

    async def stop(self, *, keep_files: bool) -> None:
        """Kill every process of this stack, close the proxies, remove the folder unless its files are wanted."""
        self.giving_up.set()
        await _stop(self.places.checkout, self.proxies, keep_files=keep_files)


async def start(chances: random.Random, *, no_disk: str | None) -> Rig:
    """Start everything and wait until it is ready; on any error nothing stays. Raises StackRefused, RuntimeError.

    ``no_disk``: why no small disk can be mounted; None where one can.
    """
    folder = Path(tempfile.mkdtemp(prefix="payouts-torture-"))
    proxies: dict[str, Proxy] = {}
    giving_up = threading.Event()
    try:
        places = _places(folder)
        settings = _settings(places.local / "metrics")
        web_port = _another_port({port_of(settings.kept[name]) for name in _BEHIND_PROXIES.values()})
        targets = {name: port_of(settings.kept[setting]) for name, setting in _BEHIND_PROXIES.items()}
        targets["web"] = web_port
        for name, port in targets.items():
            taken = {*targets.values(), *(proxy.port for proxy in proxies.values())}
            proxies[name] = Proxy(port, _another_port(taken), chances)
            await proxies[name].start()
        environment = _environment(settings, proxies)
        supervisor = Supervisor(places)
        own_clocks, small_disk = clocks.make(places.local / "clocks"), disk.of(places, no_disk)
        start_up = _StartUp(supervisor, settings, environment, web_port, own_clocks, small_disk, giving_up)
        bringing_up = asyncio.create_task(asyncio.to_thread(start_up.run))
        try:
            key = await asyncio.shield(bringing_up)
        except asyncio.CancelledError:
            giving_up.set()
            await asyncio.gather(bringing_up, return_exceptions=True)  # It has been told to give up.
            raise
        return Rig(places, settings, environment, proxies, supervisor, own_clocks, small_disk, key, giving_up)
    except BaseException:
        await _stop(folder, proxies, keep_files=False)
        raise


async def _stop(folder: Path, proxies: dict[str, Proxy], *, keep_files: bool) -> None:
    await asyncio.to_thread(processes.end_all, folder)
    for proxy in proxies.values():
        await proxy.close()
    disk.unmount_in(folder)
    if not keep_files:
        shutil.rmtree(folder)


def _places(folder: Path) -> Places:
    folder.chmod(0o755)  # The servers' account passes through.
    account = Places.of_this_checkout().account
    places = Places(folder, folder / ".local", folder / "data", folder / "run", account)
    places.logs.mkdir(parents=True)
    places.data.mkdir(mode=0o755)
    places.run.mkdir(mode=0o700)
    return places


def _settings(metrics: Path) -> Settings:
    """Fresh secrets and addresses; what the caller's environment says of the service does not count here."""
    metrics.mkdir()
    kept = new_settings(metrics)
    while len({port_of(kept[name]) for name in _BEHIND_PROXIES.values()}) < len(_BEHIND_PROXIES):
        kept = new_settings(metrics)
    return Settings(kept, kept)


def _another_port(taken: set[int]) -> int:
    while (port := free_port()) in taken:
        pass
    return port


def _environment(settings: Settings, proxies: dict[str, Proxy]) -> dict[str, str]:
    behind = {
        setting: settings.kept[setting].replace(
            f"127.0.0.1:{port_of(settings.kept[setting])}", f"127.0.0.1:{proxies[name].port}"
        )
        for name, setting in _BEHIND_PROXIES.items()
    }
    return {
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PATH": f"{bin_folder()}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT / "src"),  # This checkout's code, wherever the environment was installed from.
        "DJANGO_SETTINGS_MODULE": "payouts_service.settings",
        **settings.kept,
        **behind,
        **HASTE,
    }


@dataclass(frozen=True)
class _StartUp:
    """Brings the processes up, in a thread of its own."""

    supervisor: Supervisor
    settings: Settings
    environment: dict[str, str]
    web_port: int
    clocks: Clocks
    disk: Disk
    giving_up: threading.Event

    def run(self) -> str:
        """The API key of a new tenant, once everything is ready. Raises StackRefused, RuntimeError."""
        places, kept = self.supervisor.places, self.settings.kept
        service = [self.clocks.give_to(program) for program in programs.service(places, self.settings, self.web_port)]
        servers = programs.servers(places, self.settings)
        self.disk.put_under(places)
        self.supervisor.start([*servers, *service], self.environment)
        self._wait_for("PostgreSQL", lambda: postgres_answers(kept["MIGRATION_DATABASE_URL"]))
        self._wait_for("Redis", lambda: redis_answers(port_of(kept["BROKER_URL"])))
        _must(_run(places, self.environment, "payouts", "migrate"))
        self.supervisor.start_the_rest()
        self._wait_for("the API", lambda: http_status(self.web_port, "/health/ready") == 200)
        self._wait_for("the workers", lambda: workers_answer(self.environment))
        outcome = _must(_run(places, self.environment, "payouts", "bootstrap", "--tenant", "torture", "--json"))
        return str(json.loads(outcome.stdout)["key"])

    def _wait_for(self, what: str, is_ready: Callable[[], bool]) -> None:
        logs = self.supervisor.places.logs
        wait_until(
            lambda: self.giving_up.is_set() or is_ready(),
            seconds=_PATIENCE_SECONDS,
            otherwise=f"{what} did not become ready; the logs were in {logs}.",
        )
        if self.giving_up.is_set():
            raise RuntimeError("stopped while starting")


def _run(places: Places, environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [bin_folder() / command[0], *command[1:]],
        env=environment,
        cwd=places.checkout,
        capture_output=True,
        text=True,
        check=False,
    )


def _must(outcome: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    if outcome.returncode != 0:
        raise RuntimeError(f"{outcome.args} failed: {outcome.stderr.strip()}")
    return outcome


def _bulk(word: str) -> tuple[int, bytes]:
    return len(word.encode()), word.encode()


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # It has ended.
        return b""
