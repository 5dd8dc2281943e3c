"""Gunicorn's worker with threads, which shares clients evenly with other processes, and keeps one to its thread."""

from __future__ import annotations

from select import POLLIN, poll
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

    next_request_milliseconds: ClassVar = 2
    """How long a thread that has answered waits for the same client's next request."""

    _accepting: bool  # Gunicorn's: whether it watches for new connections now.
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

    def handle(self, conn: Any) -> Any:
        """Answer a request of the connection, and those that follow it at once, in one thread.

        Else each would go from its thread to the one that watches all connections and back to some thread: a tenth
        of what a create costs. The next request is not waited for where connections wait for a thread, nor where new
        ones are left to other processes: this one looks for them again when a thread is done.
        """
        keeps = super().handle(conn)
        while keeps is True and self.alive and self._goes_on(conn):
            keeps = super().handle(conn)
        return keeps

    def _goes_on(self, conn: Any) -> bool:
        if not self._accepting or not self.tpool._work_queue.empty():  # noqa: SLF001 - the pool says it nowhere else.
            return False
        if conn.parser.unreader.buf.getvalue():  # It was sent with the one before.
            return True
        watch = poll()
        watch.register(conn.sock, POLLIN)
        return bool(watch.poll(self.next_request_milliseconds))

    def accept(self, listener: Any) -> None:
        """Take one connection."""
        super().accept(listener)
        self._taken_at = monotonic()
