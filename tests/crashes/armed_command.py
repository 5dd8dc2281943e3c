"""The `payouts` command, which kills itself when it reaches the moment of a step that CRASH_AT names."""

from __future__ import annotations

import os
import signal

from payouts_service.cli import main
from payouts_service.payouts import steps


def _strike(name: str, moment: steps.Moment) -> None:
    if f"{name}.{moment}" == os.environ["CRASH_AT"]:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    steps.watch(_strike)
    main()
