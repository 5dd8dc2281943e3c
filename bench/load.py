"""The load: wrk, one thread of C, which sends far more than any server here can answer."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bench.refusal import BenchmarkRefused
from bench.rig import plain_environment

CONNECTIONS: Final = 16
PATH: Final = "/api/payouts/"
_SCRIPT: Final = Path(__file__).with_name("requests.lua")


@dataclass(frozen=True)
class Creates:
    """Where creates go, in which shape."""

    port: int
    body: Literal["nested", "flat"]
    key: str = "-"


@dataclass(frozen=True)
class Answered:
    """What wrk saw: requests a second, and the latency in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


def check_wrk() -> None:
    """Raises BenchmarkRefused where wrk is missing."""
    if shutil.which("wrk") is None:
        raise BenchmarkRefused("The load generator wrk is missing: install it (apt-get install wrk, brew install wrk).")


def warm_up(creates: Creates, seconds: int) -> None:
    """The same load as ``send``, of which nothing is kept: caches fill, connections open, code is loaded."""
    _sent(creates, seconds)


def send(creates: Creates, seconds: int) -> Answered:
    """Send creates over 16 connections, which are kept alive. Raises BenchmarkRefused where one is not answered 2xx."""
    said = _sent(creates, seconds)
    if not said["requests"]:
        raise BenchmarkRefused(f"Port {creates.port} answered nothing within {seconds} seconds.")
    per_second = said["requests"] * 1e6 / said["microseconds"]
    return Answered(per_second, said["p50"] / 1000, said["p99"] / 1000)


def _sent(creates: Creates, seconds: int) -> dict[str, int]:
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s"]
    command += ["--timeout", "30s", "--script", str(_SCRIPT), f"http://127.0.0.1:{creates.port}"]
    command += ["--", creates.body, PATH, f"{secrets.token_hex(8)}-", creates.key]
    outcome = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        raise BenchmarkRefused(f"wrk failed: {outcome.stderr.strip() or outcome.stdout.strip()}")
    said: dict[str, int] = json.loads(outcome.stdout.splitlines()[-1])
    if said["refused"] or said["broken"]:
        raise BenchmarkRefused(f"Port {creates.port} did not answer all creates as it should: {said}.")
    return said
