"""Gunicorn's worker with threads, which leaves new connections to others while all of its threads are at work."""

from __future__ import annotations

from time import monotonic
from typing import Any, ClassVar

from gunicorn.workers.gthread import ThreadWorker


class EvenThreadWorker(ThreadWorker):
    """Spreads clients that keep their connections over the processes.

    Every process watches the same socket, and Gunicorn's own worker takes whatever comes there first. A client keeps
    its connection, so a process that once took most of them answers most requests from then on, on one core, while the
    others rest.
    """

    pause_seconds: ClassVar = 0.02
    """How long a process at work leaves a new connection to the others, before it takes it all the same."""

    _taken_at = 0.0

    @property
    def worker_connections(self) -> int:
        """How many connections this process may have now; Gunicorn asks before each that it takes."""
        at_work = self.nr_conns - len(self.keepalived_conns) - len(self.pending_conns)
        may_take = at_work < self.cfg.threads or monotonic() - self._taken_at >= self.pause_seconds
        return min(self._most, self.nr_conns + may_take)

    @worker_connections.setter
    def worker_connections(self, most: int) -> None:
        self._most = most

    def accept(self, listener: Any) -> None:
        """Take one connection."""
        super().accept(listener)
        self._taken_at = monotonic()
