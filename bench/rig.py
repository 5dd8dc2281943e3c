"""The servers and databases of a benchmark, and the environments of the processes that use them.

PostgreSQL and Redis are those of the embedded stack, with its settings: every commit is on disk. The service's tables
are made once, in a database that the others are copied from; so each measure starts with empty ones, at once.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from bench.processes import Processes
from bench.refusal import BenchmarkRefused
from payouts_service.cli.embedded.kept_settings import new_settings, password_of, port_of
from payouts_service.cli.embedded.places import Places, bin_folder
from payouts_service.cli.embedded.servers import (
    SERVER_ENVIRONMENT,
    SUPERUSER,
    Passwords,
    PostgresServer,
    RedisServer,
    programs_for,
    run_as,
)
from payouts_service.cli.embedded.waiting import postgres_answers, redis_answers, wait_until

CHECKOUT: Final = Path(__file__).resolve().parents[1]
EMPTY: Final = "payouts_empty"
START_SECONDS: Final = 60
_URLS: Final = ("MIGRATION_DATABASE_URL", "DATABASE_URL")
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
"""PostgreSQL's own defaults, said aloud."""
FOR_BENCHMARKS: Final = {
    "BENCHMARK": "true",
    "CONNECTORS": "instant,manual",
    "DEFAULT_CONNECTOR": "instant",
    # Requests are counted as ever, but the limits lie where no load comes.
    "KEY_REQUESTS_PER_MINUTE": "100000000",
    "ADDRESS_REQUESTS_PER_MINUTE": "100000000",
}


@dataclass(frozen=True)
class Database:
    """One database of the benchmark's PostgreSQL."""

    owner_url: str
    runtime_url: str

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What one statement of the tables' owner answers."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True, eq=False)
class Rig:
    """PostgreSQL and Redis, running, and a folder for logs and other files of the benchmark."""

    folder: Path
    settings: Mapping[str, str]
    superuser_url: str
    processes: Processes

    @contextmanager
    def database(self, name: str, template: str) -> Iterator[Database]:
        """A database that is a copy of the template, removed at the end of the block."""
        try:
            yield self.make_database(name, template)
        finally:
            self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def make_database(self, name: str, template: str) -> Database:
        """A database that is a copy of the template and stays."""
        self._administer("CREATE DATABASE {} TEMPLATE {} OWNER payouts_owner", name, template)
        return self.database_named(name)

    def superuser_url_of(self, database: str) -> str:
        """Where the superuser finds that database."""
        return f"{self.superuser_url.rpartition('/')[0]}/{database}"

    def database_named(self, name: str) -> Database:
        """The addresses of a database that exists."""
        return Database(*(f"{self.settings[url].rpartition('/')[0]}/{name}" for url in _URLS))

    def broker_url(self, number: int) -> str:
        """One of Redis's databases: 0 is the service's, the others are the peers'."""
        return f"{self.settings['BROKER_URL'].rpartition('/')[0]}/{number}"

    def service_environment(self, database: Database, **more: str) -> dict[str, str]:
        """What the service's processes read."""
        urls = {"DATABASE_URL": database.runtime_url, "MIGRATION_DATABASE_URL": database.owner_url}
        django = {"DJANGO_SETTINGS_MODULE": "payouts_service.settings"}
        return {**plain_environment(), **self.settings, **FOR_BENCHMARKS, **django, **urls, **more}

    def peer_environment(self, database: Database, *, broker: int, keeps_connections: bool) -> dict[str, str]:
        """What a peer's processes read."""
        return {
            **plain_environment(),
            "DJANGO_SETTINGS_MODULE": "bench.peers.plain_drf.settings",
            "PEER_DATABASE_URL": database.owner_url,
            "PEER_BROKER_URL": self.broker_url(broker),
            "PEER_CONN_MAX_AGE": "600" if keeps_connections else "0",
        }

    def audit(self, environment: Mapping[str, str]) -> None:
        """Judge the database by every invariant. Raises BenchmarkRefused where one is broken."""
        run(["payouts", "audit", "--json", "--no-simulator"], environment)

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def plain_environment() -> dict[str, str]:
    """Nothing of the caller's settings."""
    return {
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PATH": f"{bin_folder()}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": f"{CHECKOUT / 'src'}{os.pathsep}{CHECKOUT}",
    }


def run(command: list[str], environment: Mapping[str, str]) -> str:
    """What a command of the environment prints. Raises BenchmarkRefused with its last words where it fails."""
    program = bin_folder() / command[0]
    outcome = subprocess.run(
        [program, *command[1:]], env=dict(environment), cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    if outcome.returncode != 0:
        raise BenchmarkRefused(f"`{' '.join(command)}` failed:\n{outcome.stdout[-3000:]}{outcome.stderr[-3000:]}")
    return outcome.stdout


def new_key(environment: Mapping[str, str], tenant: str) -> str:
    """An API key of a tenant, which is made where there is none of that name."""
    said = run(["payouts", "bootstrap", "--tenant", tenant, "--new-key", "--operator", "--json"], environment)
    return str(json.loads(said)["key"])


@contextmanager
def rig() -> Iterator[Rig]:
    """Start the servers, make the service's tables; stop and remove everything at the end."""
    places = Places.of(CHECKOUT)
    places.create()
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=places.data))
    folder.chmod(0o755)  # The servers' account passes through to folders of its own.
    (folder / "metrics").mkdir()
    settings = new_settings(folder / "metrics")
    with Processes(folder) as processes:
        try:
            made = Rig(folder, settings, _start_servers(places, folder, settings, processes), processes)
            run(["payouts", "migrate"], made.service_environment(made.make_database(EMPTY, "template0")))
            yield made
        finally:
            processes.stop_all()
            shutil.rmtree(folder)


def _start_servers(places: Places, folder: Path, settings: Mapping[str, str], processes: Processes) -> str:
    """Start PostgreSQL and Redis; returns the superuser's URL."""
    programs = programs_for(places)
    superuser = secrets.token_urlsafe(16)
    postgres = PostgresServer(programs, folder / "postgres", port_of(settings["DATABASE_URL"]), places.account)
    owner, runtime = (password_of(settings[name]) for name in _URLS)
    postgres.prepare(Passwords(owner, runtime, superuser), "payouts")
    redis = RedisServer(programs, folder / "redis", port_of(settings["BROKER_URL"]), places.account)
    redis.prepare(password_of(settings["BROKER_URL"]))
    as_account = run_as(places.account)
    processes.start("PostgreSQL", postgres.command(DURABLE), SERVER_ENVIRONMENT, postgres.folder, as_account)
    processes.start("Redis", redis.command(), SERVER_ENVIRONMENT, redis.folder, as_account)
    url = f"postgresql://{SUPERUSER}:{superuser}@127.0.0.1:{postgres.port}/payouts"
    wait_until(lambda: postgres_answers(url), seconds=START_SECONDS, otherwise="PostgreSQL did not start.")
    wait_until(lambda: redis_answers(redis.port), seconds=START_SECONDS, otherwise="Redis did not start.")
    return url
