"""The simulated provider as a real process, for every test that needs a provider."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

_START_SECONDS = 30
_STOP_SECONDS = 10


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class SimulatorProcess:
    """One process on one port with one books file; may be killed and started again with its books.

    It is calm: every answer arrives unless a payment asks for something else, or ``options`` of its command say so.
    """

    def __init__(self, port: int, books: Path, *options: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=self.url, trust_env=False, timeout=20)
        self._command = [sys.executable, "-m", "payouts_simulator.server", f"--port={port}", f"--books={books}"]
        self._command += ["--personality=calm", *options]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError if it ends or does not answer in time."""
        self._process = subprocess.Popen(self._command)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if self._client.get("/health").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"The simulated provider did not answer on {self.url}; its own words are above.")

    def stop(self) -> int:
        """Ask it to end (SIGTERM); its exit code."""
        process = self._running()
        process.terminate()
        return process.wait(_STOP_SECONDS)

    def kill(self) -> None:
        """End it at once (SIGKILL), and wait until it is gone."""
        process = self._running()
        process.kill()
        process.wait(_STOP_SECONDS)

    def close(self) -> None:
        """Close this side's connections; the process itself is ended by ``stop`` or ``kill``."""
        self._client.close()

    def books(self) -> list[dict[str, Any]]:
        """Every effect: money that really left, in the order of booking."""
        effects: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self._client.get("/books", params={"after": after}).raise_for_status().json()
            effects += page["effects"]
            after = page["next_after"]
        return effects

    def noted(self, what: str, reference: str) -> list[dict[str, Any]]:
        """What else it noted about a reference: its ``requests``, ``callbacks`` or ``returns``, at most 1000 rows."""
        page = self._client.get(f"/books/{what}", params={"reference": reference}).raise_for_status().json()
        rows: list[dict[str, Any]] = page[what]
        return rows

    def control(self, **changes: object) -> dict[str, Any]:
        """Change how it behaves, until it ends; the whole control as it is then."""
        control: dict[str, Any] = self._client.post("/control", json=changes).raise_for_status().json()
        return control

    def effects_of(self, reference: str) -> list[dict[str, Any]]:
        """The effects under this reference; more than one is a double payment."""
        return [effect for effect in self.books() if effect["reference"] == reference]

    def submits_of(self, reference: str) -> int:
        """How often it was asked to pay this reference; it pays one once, so its effects do not tell."""
        return sum(row["submits"] for row in self.noted("requests", reference))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("The simulated provider was not started.")
        return self._process


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """A simulated provider for the whole run, on the port of ``SIMULATOR_URL`` where the run has settled on one."""
    port = urlsplit(os.environ.get("SIMULATOR_URL", "")).port or free_port()
    process = SimulatorProcess(port, tmp_path_factory.mktemp("simulator") / "books.sqlite")
    process.start()
    try:
        yield process
    finally:
        process.stop()
        process.close()
