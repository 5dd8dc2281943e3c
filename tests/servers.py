"""A pytest plugin that gives the tests a PostgreSQL and a broker of their own, and the settings that lead to them.

A keeper, a process apart, starts both on free ports in a folder of their own and stops them when its input ends. The
input ends when pytest does, in whatever way: finished, interrupted or killed. Nothing is left behind.

The broker is Redis. With TEST_BROKER=rabbitmq it is RabbitMQ, or the one that TEST_RABBITMQ_URL names: a virtual host
that serves nothing else, because its queues `payouts`, `rescue` and `inquiries` are removed.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from payouts_service.cli.embedded.kept_settings import OWNER_ROLE, RUNTIME_ROLE, free_port
from payouts_service.cli.embedded.places import Places
from payouts_service.cli.embedded.refusal import StackRefused
from payouts_service.cli.embedded.servers import (
    SERVER_ENVIRONMENT,
    SUPERUSER,
    Passwords,
    PostgresServer,
    Programs,
    RedisServer,
    programs_for,
    run_as,
)
from payouts_service.cli.embedded.waiting import postgres_answers, redis_answers, wait_until
from payouts_service.environment import Environment
from tests.rabbitmq import rabbitmq, rabbitmq_answers

CHECKOUT = Path(__file__).resolve().parents[1]
DATABASE = "payouts_test"
START_SECONDS = 60
STOP_SECONDS = 30
KEEPER = pytest.StashKey[subprocess.Popen[str]]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Start the servers before pytest-django, in the same hook, reads Django's settings."""
    keeper = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{CHECKOUT / 'src'}{os.pathsep}{CHECKOUT}"},
        start_new_session=True,  # Ctrl-C is for pytest; the keeper hears of it when pytest has ended.
    )
    early_config.stash[KEEPER] = keeper
    assert keeper.stdout is not None
    told = keeper.stdout.readline()
    if not told:
        raise pytest.UsageError("The tests' servers did not start; their message stands above.")
    _forget_the_callers_settings()
    os.environ.update(json.loads(told))
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers and wait until their folder is gone."""
    keeper = config.stash[KEEPER]
    assert keeper.stdin is not None
    keeper.stdin.close()
    keeper.wait(STOP_SECONDS)


def _forget_the_callers_settings() -> None:
    """Tests mean the same on every machine: no setting of the caller's shell reaches them."""
    for name in Environment.model_fields:
        os.environ.pop(name.upper(), None)
        os.environ.pop(f"{name.upper()}_FILE", None)


def _keep() -> None:
    """The keeper: start the servers, tell the settings in one line, stop the servers when the input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    places = Places.of(CHECKOUT)
    places.create()
    folder = Path(tempfile.mkdtemp(prefix="test-", dir=places.data))
    try:
        folder.chmod(0o755)  # The servers' account passes through to folders of its own.
        with _servers(places, folder) as settings:
            sys.stdout.write(json.dumps(settings) + "\n")
            sys.stdout.flush()
            sys.stdin.read()
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _servers(places: Places, folder: Path) -> Iterator[dict[str, str]]:
    programs = programs_for(places)
    passwords = Passwords(*(secrets.token_urlsafe(16) for _ in range(3)))
    postgres = PostgresServer(programs, folder / "postgres", free_port(), places.account)
    postgres.prepare(passwords, DATABASE)
    with (postgres.cluster / "postgresql.conf").open("a") as configuration:
        configuration.write("fsync = off\n")  # Its data need not outlive the machine; ALTER SYSTEM can switch it on.
    address = f"127.0.0.1:{postgres.port}/{DATABASE}"
    superuser_url = f"postgresql://{SUPERUSER}:{passwords.superuser}@{address}"
    settings = {
        "DATABASE_URL": f"postgresql://{RUNTIME_ROLE}:{passwords.runtime}@{address}",
        "MIGRATION_DATABASE_URL": f"postgresql://{OWNER_ROLE}:{passwords.owner}@{address}",
        "TEST_SUPERUSER_URL": superuser_url,
        "SIMULATOR_URL": f"http://127.0.0.1:{free_port()}",
        "SECRET_KEY": "a-secret-key-of-the-tests-that-guards-nothing",
        "API_KEY_PEPPER": "an-api-key-pepper-of-the-tests-that-guards-nothing",
        "FINGERPRINT_KEY": "a-fingerprint-key-of-the-tests-that-guards-nothing",
        "RECIPIENT_INDEX_KEY": "a-recipient-index-key-of-the-tests-that-guards-nothing",
        "SEALING_KEYS": f"k1:{base64.b64encode(bytes(range(32))).decode()}",
        "BENCHMARK": "true",
        "CONNECTORS": "simulator,manual,instant",
    }
    with (
        _running(postgres.command({"shared_buffers": "32MB"}), signal.SIGQUIT, places, postgres.folder),
        _broker(places, programs, folder) as broker_url,
    ):
        log = folder / "postgres.log"
        wait_until(lambda: postgres_answers(superuser_url), seconds=START_SECONDS, otherwise=f"PostgreSQL: {log}")
        yield settings | {"BROKER_URL": broker_url}


@contextlib.contextmanager
def _broker(places: Places, programs: Programs, folder: Path) -> Iterator[str]:
    """The broker of the run, and its URL."""
    if os.environ.get("TEST_BROKER") != "rabbitmq":
        redis = RedisServer(programs, folder / "redis", free_port(), places.account)
        password = secrets.token_urlsafe(16)
        redis.prepare(password)
        with _running(redis.command(), signal.SIGKILL, places, redis.folder):
            wait_until(lambda: redis_answers(redis.port), seconds=START_SECONDS, otherwise="Redis did not start.")
            yield f"redis://:{password}@127.0.0.1:{redis.port}/0"
    elif theirs := os.environ.get("TEST_RABBITMQ_URL"):
        if not rabbitmq_answers(theirs):
            raise StackRefused("TEST_RABBITMQ_URL: no RabbitMQ takes this login there.")
        yield theirs
    else:
        with rabbitmq(folder / "rabbitmq", places.account) as url:
            yield url


@contextlib.contextmanager
def _running(command: list[str], last_signal: signal.Signals, places: Places, folder: Path) -> Iterator[None]:
    """Run a server whose data are thrown away, so that its end may be abrupt."""
    with (folder.with_suffix(".log")).open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=SERVER_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            **run_as(places.account),
        )
    try:
        yield
    finally:
        server.send_signal(last_signal)
        server.wait(STOP_SECONDS)


if __name__ == "__main__":
    _keep()
