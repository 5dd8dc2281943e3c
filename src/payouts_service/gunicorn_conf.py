"""Gunicorn's settings, for every way to run the service: ``gunicorn -c python:payouts_service.gunicorn_conf …``.

The address is the runtime's business: each passes ``--bind``.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from gunicorn.glogging import Logger

from payouts_service.environment import environment_or_exit
from payouts_service.kit.garbage import look_for_it_less_often
from payouts_service.observability.logs import configure_logs

bind = "127.0.0.1:8000"  # Said aloud: with PORT in the environment, Gunicorn would listen on every address.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Threads: a slow client holds a connection, not a process. 1.4 to 1.6 times the creates of Gunicorn's "gthread".
worker_class = "payouts_service.gunicorn_worker.EvenThreadWorker"
threads = 8
timeout = 30  # Seconds; above PostgreSQL's statement_timeout, so that the database ends a long statement first.
graceful_timeout = 25  # Seconds for requests at work when the process is told to stop.
limit_request_line = 8190  # Bytes; Gunicorn's most. A longer address is refused before Django, with a page of HTML.
keepalive = 5  # Seconds an idle connection stays open for the next request.
forwarder_headers = ""  # Else a client could hide its path from a proxy on this host, by a header SCRIPT_NAME.
accesslog = None  # The service writes one line for each request itself, with its ids.
control_socket_disable = True  # Its default place is the home folder, shared by every Gunicorn of the user.


def pre_fork(server: Any, worker: Any) -> None:
    """Called by Gunicorn before it starts a process: choose its processor, the one with fewest of the others."""
    worker.processor = None
    if not hasattr(os, "sched_setaffinity"):  # macOS
        return
    processors = sorted(os.sched_getaffinity(0))
    if server.cfg.workers % len(processors) == 0:
        taken = [other.processor for other in server.WORKERS.values()]
        worker.processor = min(processors, key=taken.count)


def post_worker_init(worker: Any) -> None:
    """Called by Gunicorn in each process, with the application loaded.

    Its threads take turns, and each turn on another processor finds nothing of the last one in its caches: a process
    that stays on one makes 1.1 times the creates. Only where all processors have as many: else one would be full while
    others rest, or they are other containers' too. The kernel chooses then.
    """
    if worker.processor is not None:
        with suppress(OSError):  # Forbidden, or taken away meanwhile: it serves all the same.
            os.sched_setaffinity(0, {worker.processor})
    look_for_it_less_often()


class JsonLines(Logger):
    """Gunicorn's own lines in the service's form."""

    def setup(self, cfg: Any) -> None:
        """Called once by Gunicorn, before its processes: one that ended over its settings would be started for ever."""
        super().setup(cfg)
        configure_logs(environment_or_exit().log_level)


logger_class = JsonLines
