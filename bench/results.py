"""The results as files: every round as JSON, and where and of what they were measured; read again to compare."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil

from bench.figures import Comparison
from bench.rig import CHECKOUT, Rig

FOLDER: Final = CHECKOUT / "bench" / "results"
_PACKAGES: Final = (
    *("django", "djangorestframework", "celery", "gunicorn", "psycopg", "pydantic", "redis"),
    *("fastapi", "uvicorn", "uvloop", "asyncpg"),
)


@dataclass(frozen=True)
class Results:
    """One run."""

    size: str
    measured_at: str
    commit: str
    machine: dict[str, str]
    versions: dict[str, str]
    load_before: float
    """The machine's load average before anything began: near 0 where it did nothing else."""
    lines: list[Comparison]
    peak_memory_bytes: dict[str, list[int]]
    """Of each process by name, the largest first."""


def gather(rig: Rig, size: str, lines: list[Comparison], *, load_before: float) -> Results:
    """The lines, with what they were measured on."""
    return Results(
        size=size,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=_commit(),
        machine=_machine(),
        versions=_versions(rig),
        load_before=load_before,
        lines=lines,
        peak_memory_bytes=rig.processes.peaks(),
    )


def write(results: Results, folder: Path) -> None:
    """As JSON, which ``read`` reads."""
    folder.mkdir(exist_ok=True)
    (folder / f"{results.size}.json").write_text(json.dumps(asdict(results), indent=1) + "\n")


def read(size: str, folder: Path) -> Results:
    """The committed results of that size. Raises FileNotFoundError where there are none."""
    kept: dict[str, Any] = json.loads((folder / f"{size}.json").read_text())
    return Results(**{**kept, "lines": [Comparison(**line) for line in kept["lines"]]})


def _commit() -> str:
    """The commit, and whether anything was changed since."""
    command = ["git", "-c", "safe.directory=*", "describe", "--always", "--abbrev=40", "--match=", "--dirty"]
    outcome = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return outcome.stdout.strip() or "unknown"


def _machine() -> dict[str, str]:
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    for line in described.read_text().splitlines() if described.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _versions(rig: Rig) -> dict[str, str]:
    [(postgres,)] = rig.database_named("payouts").rows("SHOW server_version")
    return {"Python": platform.python_version(), "PostgreSQL": postgres} | {name: version(name) for name in _PACKAGES}
