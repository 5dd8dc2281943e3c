"""Where a process is to be struck: one file for each moment of each step, which the first to reach it takes.

Imported by the real worker and web processes of these tests in front of the service; the service itself knows nothing
of it but that its steps may be watched.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from payouts_service.payouts import steps

FOLDER = "CRASH_PLANS"
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def arm() -> None:
    """Let this process and its children strike themselves where a plan says so."""
    steps.watch(_strike)


def _strike(name: str, moment: steps.Moment) -> None:
    plan = Path(os.environ[FOLDER], f"{name}.{moment}.plan")
    struck = plan.with_suffix(".struck")
    try:
        plan.rename(struck)  # Only one process can.
    except FileNotFoundError:
        return
    action = struck.read_text()
    struck.write_text(str(os.getpid()))
    os.kill(os.getpid(), SIGNALS[action])
