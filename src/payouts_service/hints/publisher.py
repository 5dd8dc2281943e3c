"""Give a hint without ever holding or failing the caller."""

from __future__ import annotations

import os
from threading import Lock, local
from time import monotonic
from typing import Any

import structlog
from celery import current_app
from kombu import Connection, Producer

from payouts_service.hints.broker import PATIENCE_SECONDS, connect, failures
from payouts_service.observability.metrics import Counter

PAUSE_SECONDS = 2.0

_log = structlog.get_logger(__name__)
_hints = Counter(
    "payouts_hints",
    "Hints by what became of them: published, failed (it may have arrived all the same) or suppressed by the breaker.",
    labelnames=["result"],
)


class Breaker:
    """Keeps a process from asking a silent broker again and again: after a failure, one try in each pause."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open = False
        self._next_try_at = 0.0

    def allows(self) -> bool:
        """Whether the caller may try now. While open, the first caller after a pause tries for all the others."""
        with self._lock:
            if not self._open:
                return True
            if monotonic() < self._next_try_at:
                return False
            self._next_try_at = monotonic() + PAUSE_SECONDS
            return True

    def failed(self) -> bool:
        """Open, or stay open for another pause; True for the one failure that opened it."""
        with self._lock:
            opened, self._open = not self._open, True
            self._next_try_at = monotonic() + PAUSE_SECONDS
            return opened

    def succeeded(self) -> bool:
        """Close; True for the one success that closed it."""
        with self._lock:
            closed, self._open = self._open, False
            return closed


class _Process:
    """What belongs to one process: a breaker, and one connection for each thread, so that no thread queues."""

    def __init__(self) -> None:
        self.breaker = Breaker()
        self.threads = local()


_process = _Process()
_inherited: list[_Process] = []


def _start_afresh() -> None:
    """In a forked child: leave the parent's sockets alone. They are kept, since closing would end them for both."""
    global _process  # noqa: PLW0603 - a fork makes a new process, and this is its one state.
    _inherited.append(_process)
    _process = _Process()


os.register_at_fork(after_in_child=_start_afresh)


def publish(task_name: str, kwargs: dict[str, Any], queue: str) -> bool:
    """Send the task ``task_name`` to ``queue``, now, and say whether the broker took it.

    Call it from ``transaction.on_commit(…, robust=True)`` or outside a transaction. A broker that is away or silent
    costs half a second once, then nothing for two seconds; False needs no answer, since the sweep gives the hint again.
    Raises only for a bug, such as arguments that are not JSON, or a process without our Celery app.
    """
    breaker = _process.breaker
    if not breaker.allows():
        _hints.labels(result="suppressed").inc()
        return False
    connection = _connection()
    try:
        current_app.send_task(
            task_name,
            kwargs=kwargs,
            queue=queue,
            producer=Producer(connection, auto_declare=False),
            retry=False,
            confirm_timeout=PATIENCE_SECONDS,
            ignore_result=True,
            add_to_parent=False,
        )
    except failures(connection) as error:
        _forget_connection()
        _hints.labels(result="failed").inc()
        if breaker.failed():
            _log.warning("hints_suspended", error=type(error).__name__, pause_seconds=PAUSE_SECONDS)
        return False
    _hints.labels(result="published").inc()
    if breaker.succeeded():
        _log.info("hints_resumed")
    return True


def _connection() -> Connection:
    """This thread's connection, which nobody else uses."""
    threads = _process.threads
    if not hasattr(threads, "connection"):
        threads.connection = connect()
    connection: Connection = threads.connection
    return connection


def _forget_connection() -> None:
    """Drop it without a word to the broker, which may not be listening; a late reply goes with it."""
    _process.threads.connection.collect()
    del _process.threads.connection
