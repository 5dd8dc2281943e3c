"""Ends a worker that lives, answers pings, and takes no hints, so that whoever keeps it starts another.

It looks at progress and at nothing else: hints wait in the worker's own queue, it has taken none for the limit, and it
has none at work. A worker that is busy, or whose broker is away, is left alone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

import structlog
from celery.worker import state
from django.conf import settings

from payouts_service.hints.broker import connect, failures
from payouts_service.observability.metrics import Counter

EXIT_CODE: Final = 70  # EX_SOFTWARE of sysexits.h: a fault of the program, to be started again.
_LOOKS_A_LIMIT: Final = 6

_log = structlog.get_logger(__name__)
_deaf = Counter("payouts_deaf_workers", "Workers that took no hints and ended themselves.", labelnames=["queue"])


class Watchdog:
    """Remembers since when hints have waited without being taken."""

    def __init__(self, queues: Sequence[str], *, limit_seconds: float) -> None:
        self._queues = queues
        self._limit_seconds = limit_seconds
        self._taken = -1
        self._idle_since = 0.0

    def deaf_queue(self, *, now: float) -> str | None:
        """The queue whose hints this worker has left lying for the limit, or None. ``now``: monotonic seconds."""
        taken = sum(state.total_count.values())
        waiting = None if state.active_requests else self._waiting_queue()
        if waiting is None or taken != self._taken:
            self._taken, self._idle_since = taken, now
            return None
        return waiting if now - self._idle_since >= self._limit_seconds else None

    def _waiting_queue(self) -> str | None:
        """A queue of this worker's that holds hints; None where there is none, or the broker does not answer."""
        connection = connect()
        try:
            for queue in self._queues:
                channel: Any = connection.default_channel
                declared = channel.queue_declare(queue, passive=True)
                if declared.message_count:
                    return queue
        except failures(connection):
            return None
        finally:
            connection.collect()
        return None


def guard(queues: Sequence[str]) -> None:
    """Watch over this process, a worker that takes from these queues, until it ends."""
    watchdog = Watchdog(queues, limit_seconds=settings.WATCHDOG_SECONDS)
    threading.Thread(target=_watch, args=(watchdog,), name="watchdog", daemon=True).start()


def _watch(watchdog: Watchdog) -> None:
    pause = threading.Event()
    while not pause.wait(settings.WATCHDOG_SECONDS / _LOOKS_A_LIMIT):
        queue = watchdog.deaf_queue(now=monotonic())
        if queue is not None:
            _log.critical("worker_is_deaf", queue=queue, seconds=settings.WATCHDOG_SECONDS)
            _deaf.labels(queue=queue).inc()
            # Not by a signal: what is stuck would not get to hear it. Nothing is at work, and children end with it.
            os._exit(EXIT_CODE)
