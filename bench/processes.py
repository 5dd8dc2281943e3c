"""Processes that are measured: started, watched for the memory and the processor time they take, and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import psutil

from bench.refusal import BenchmarkRefused
from payouts_service.cli.embedded.waiting import http_status

READY_SECONDS: Final = 180
STOP_SECONDS: Final = 60
_LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Process:
    """One process with its descendants."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    def tree(self) -> list[psutil.Process]:
        """Itself and its descendants, as far as they live."""
        with contextlib.suppress(psutil.NoSuchProcess):
            itself = psutil.Process(self.popen.pid)
            return [itself, *itself.children(recursive=True)]
        return []

    def cpu_seconds(self) -> float:
        """The processor time that it and its descendants have used so far, the dead ones included."""
        total = 0.0
        for process in self.tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += sum(process.cpu_times()[:4])  # User and system; its own, and of children that have ended.
        return total

    def resident_mib(self) -> float:
        """The most that one of them has resident now."""
        held = [0]
        for process in self.tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                held.append(process.memory_info().rss)
        return max(held) / 2**20

    def wait_for_port(self, port: int, path: str) -> None:
        """Wait until it answers HTTP there with anything. Raises BenchmarkRefused with the end of its log."""
        self._wait(lambda: http_status(port, path) is not None)

    def wait_for_log(self, text: bytes) -> None:
        """Wait until its log holds the text. Raises BenchmarkRefused with the end of its log."""
        self._wait(lambda: text in self.log.read_bytes())

    def _wait(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not is_ready():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                log = self.log.read_text()[-3000:]
                raise BenchmarkRefused(f"{self.name} did not become ready; its log ends:\n{log}")
            time.sleep(0.1)


@dataclass
class Processes:
    """Everything that a benchmark has started, and the most memory that each has taken."""

    folder: Path
    running: list[Process] = field(default_factory=list)
    _peaks: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="memory", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        as_account: Mapping[str, Any] | None = None,
    ) -> Process:
        """Start it in a group of its own, its output in a log file of its name."""
        log = self.folder / f"{name.replace(' ', '-')}.log"
        with log.open("wb") as stream:
            popen = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the harness, which stops all in their order.
                **(as_account or {}),
            )
        process = Process(name, popen, log)
        with self._lock:
            self.running.append(process)
        return process

    def stop(self, process: Process) -> None:
        """Look at its memory once more, tell it to stop, and wait until it has."""
        self._look()
        with self._lock:
            self.running.remove(process)
        # PostgreSQL's fast shutdown is SIGINT; on SIGTERM it would wait for every client.
        process.popen.send_signal(signal.SIGINT if process.name == "PostgreSQL" else signal.SIGTERM)
        try:
            process.popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.popen.pid, signal.SIGKILL)
            process.popen.wait(STOP_SECONDS)

    def stop_all(self) -> None:
        """Stop what still runs, the last started first."""
        for process in reversed(self.running.copy()):
            self.stop(process)

    @contextmanager
    def during(self, *processes: Process) -> Iterator[None]:
        """Stop these, the last first, when the block ends."""
        try:
            yield
        finally:
            for process in reversed(processes):
                self.stop(process)

    def cpu_seconds(self) -> float:
        """The processor time of everything that runs."""
        return sum(process.cpu_seconds() for process in self.running)

    def peaks(self) -> dict[str, list[int]]:
        """The most memory (resident, in bytes) that each process of each name had, the largest first."""
        with self._lock:
            return {name: sorted(peaks.values(), reverse=True) for name, peaks in self._peaks.items()}

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        with self._lock:
            for process in self.running:
                for one in process.tree():
                    with contextlib.suppress(psutil.NoSuchProcess):
                        peaks = self._peaks[process.name]
                        peaks[one.pid] = max(peaks.get(one.pid, 0), one.memory_info().rss)
