"""What this machine must have before anything of the service runs on it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from payouts_service.cli.database import kept_port, kept_settings_file, take_kept_settings
from payouts_service.cli.doctor.finding import Finding, Level, fine
from payouts_service.cli.embedded.kept_settings import is_free
from payouts_service.cli.embedded.waiting import http_status
from payouts_service.environment import SettingsRefused, read_environment

_GIB: Final = 1 << 30
_OLDEST_PYTHON: Final = (3, 11)
_NEXT_PYTHON: Final = (3, 14)  # The first that pyproject.toml does not allow.
_OK, _UNAVAILABLE = 200, 503  # HTTP's.


def python() -> Finding:
    """A Python that the locked packages are made for."""
    found = ".".join(map(str, sys.version_info[:3]))
    if _OLDEST_PYTHON <= sys.version_info[:2] < _NEXT_PYTHON:
        return fine("python", f"{found}, in {sys.prefix}")
    return Finding("python", Level.FAIL, f"{found} is not supported", "Use Python 3.12, 3.11 or 3.13.")


def disk() -> Finding:
    """Room for logs, metrics and, in the embedded stack, data; a server's own disk is the server's to watch."""
    free = {folder: shutil.disk_usage(folder).free for folder in (Path.cwd(), Path(tempfile.gettempdir()))}
    folder = min(free, key=lambda folder: free[folder])
    says = f"{free[folder] / _GIB:.1f} GiB free in {folder}"
    if free[folder] >= _GIB:
        return fine("disk", says)
    level = Level.WARN if free[folder] >= _GIB / 10 else Level.FAIL
    return Finding("disk", level, says, "Make room: without it PostgreSQL stops, and with it every payout.")


def settings() -> Finding:
    """Every setting is given, and none is wrong."""
    kept = take_kept_settings()
    try:
        environment = read_environment()
    except SettingsRefused as refused:
        return _refused(refused)
    if environment.benchmark:
        return Finding(
            "settings", Level.WARN, "BENCHMARK allows a connector that pays nobody", "Unset BENCHMARK in production."
        )
    return fine("settings", "complete, from .local/settings.env" if kept else "complete, from the environment")


def port(number: int | None) -> Finding:
    """The service answers on its port, or the port is free for it."""
    wanted = number or kept_port()
    address = f"http://127.0.0.1:{wanted}"
    status = http_status(wanted, "/health/ready")
    if status == _OK:
        return fine("port", f"the API answers at {address}, and is ready")
    if status == _UNAVAILABLE:
        return Finding("port", Level.FAIL, f"{address} answers, and is not ready", "See what else failed here.")
    if is_free(wanted):
        return Finding("port", Level.WARN, f"nothing listens at {address}", "Start the service with `make up`.")
    return Finding(
        "port",
        Level.FAIL,
        f"something other than the service listens at {address}",
        f"End it, or choose another port: make up PORT={wanted + 1}",
    )


def _refused(refused: SettingsRefused) -> Finding:
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return Finding(
            "settings", Level.FAIL, "; ".join(str(refused).splitlines()), "Correct them; .env.example explains each."
        )
    if kept_settings_file().with_name("compose.env").exists():
        return Finding(
            "settings",
            Level.FAIL,
            "the stack of this checkout runs in containers, and its settings lead nowhere from here",
            "Run this inside: docker compose --env-file .local/compose.env exec web payouts doctor",
        )
    return Finding(
        "settings",
        Level.FAIL,
        "there are none: nothing was started here yet, and the environment names no database",
        "Run `make up`, or set what .env.example lists.",
    )
