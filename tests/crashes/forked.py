"""A process that dies at a moment of a step, forked from the test's own: one that starts takes seconds to import."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable

from django.db import connections

from payouts_service.payouts import steps


def in_a_process_that_dies(work: Callable[[], object], *, at: str) -> int:
    """Its exit code, negative for a signal: it does the work, and kills itself at ``at``, a ``step.moment``."""
    connections.close_all()  # Two processes must not speak by one connection.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Of threads: what ours hold is made anew after a fork.
        child = os.fork()
    if child == 0:  # It must not come back into pytest, whatever happens.
        exit_code = 1
        try:
            steps.watch(_striker(at))
            work()
            exit_code = 0
        finally:
            os._exit(exit_code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _striker(at: str) -> steps.Watcher:
    def strike(name: str, moment: steps.Moment) -> None:
        if f"{name}.{moment}" == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike
