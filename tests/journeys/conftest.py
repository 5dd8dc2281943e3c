"""Real workers, beat and broker around the tests' database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from payouts_service.cli.embedded.programs import WORKER
from tests.brokers import Broker, broker_of_this_run, celery_with
from tests.client import Client
from tests.eventually import eventually
from tests.simulator_process import SimulatorProcess

QUICK = {"SWEEP_SECONDS": "1", "INQUIRY_SECONDS": "0.5", "LEASE_SECONDS": "10", "SIMULATOR_TIMEOUT_SECONDS": "2"}


class Workers:
    """The background processes, as the runtimes start them; may be started and killed."""

    def __init__(self, folder: Path, broker_url: str) -> None:
        self._folder = folder
        self._settings = {**QUICK, "BROKER_URL": broker_url}
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """A worker for payouts, one that sweeps, one that asks, and the scheduler."""
        self._celery(*WORKER, "-Q", "payouts", "-n", "worker@test", "--concurrency", "2")
        self._celery(*WORKER, "-Q", "rescue", "-n", "rescuer@test", "--concurrency", "1")
        self._celery(*WORKER, "-Q", "inquiries", "-n", "inquirer@test", "--concurrency", "1")
        self._celery("beat", "--schedule", str(self._folder / "beat"))

    def worker(self, **settings: str) -> subprocess.Popen[bytes]:
        """A worker for payouts alone, with one child, and with these settings besides."""
        self._settings |= settings
        return self._celery(*WORKER, "-Q", "payouts", "-n", "worker@test", "--concurrency", "1")

    def scheduler(self, name: str) -> subprocess.Popen[bytes]:
        """One more scheduler."""
        return self._celery("beat", "--schedule", str(self._folder / name))

    def log(self) -> str:
        """All that they have logged."""
        return (self._folder / "workers.log").read_text()

    def kill(self) -> None:
        """SIGKILL all of them, with their children."""
        for process in self._processes:
            with suppress(ProcessLookupError):  # It has ended by itself.
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def _celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self._folder / "workers.log").open("ab")
        command = [sys.executable, "-m", "celery", "-A", "payouts_service.celery", *arguments]
        environment = {**os.environ, **self._settings, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        self._processes.append(process)
        return process


@pytest.fixture
def broker() -> Iterator[Broker]:
    """The broker of web processes and workers alike: the test's own, empty."""
    with broker_of_this_run() as server, celery_with(server.url):
        yield server


@pytest.fixture
def workers(acme: Client, simulator: SimulatorProcess, broker: Broker, tmp_path: Path) -> Iterator[Workers]:
    """The background processes, not yet started."""
    workers = Workers(tmp_path, broker.url)
    yield workers
    workers.kill()


def all_completed(client: Client, payouts: list[str]) -> None:
    """Waits until each of these payouts is completed."""
    eventually(lambda: {client.read(payout)["status"] for payout in payouts} == {"completed"}, seconds=60)
