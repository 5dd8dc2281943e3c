"""Kills each process of the embedded stack at PAYOUTS_URL in turn; payouts created meanwhile must complete.

Run in the checkout whose `make up` is running, with `.local/env` in the environment.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any
from urllib.error import URLError

from journey import PAYOUT, call

WAIT_SECONDS = 120
MEANWHILE = 5


def processes() -> dict[str, int]:
    """The process id of each running program, by name."""
    status = [".venv/bin/python", "-m", "payouts_service.cli.embedded", "status"]
    lines = subprocess.run(status, capture_output=True, text=True, check=False).stdout.splitlines()
    words = [line.split() for line in lines]
    return {name: int(pid) for name, state, pid in words if state == "RUNNING"}


def patiently(deadline: float, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    """Ask again, with the same key, while the service is coming back."""
    key = os.urandom(16).hex()
    while True:
        try:
            return call(path, body, {"Idempotency-Key": key})
        except (URLError, ConnectionError, TimeoutError):  # HTTP's 503 is a URLError too.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def completed(deadline: float, payout: str) -> bool:
    """Whether the payout is completed by now."""
    return bool(patiently(deadline, f"/api/payouts/{payout}/")["status"] == "completed")


def main() -> None:
    """Kill, create, wait; then the next."""
    for name, pid in processes().items():
        started = time.monotonic()
        deadline = started + WAIT_SECONDS
        os.kill(pid, signal.SIGKILL)
        waiting = [patiently(deadline, "/api/payouts/", PAYOUT)["id"] for _ in range(MEANWHILE)]
        while waiting or name not in processes() or processes()[name] == pid:
            if time.monotonic() > deadline:
                sys.exit(f"{name} was killed; {len(waiting)} payouts did not complete, or it did not come back")
            time.sleep(0.2)
            waiting = [payout for payout in waiting if not completed(deadline, payout)]
        sys.stdout.write(f"{name}: killed, back, payouts completed after {time.monotonic() - started:.1f} s\n")


if __name__ == "__main__":
    main()
