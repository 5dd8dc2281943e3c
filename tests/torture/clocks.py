"""Wall clocks that are stepped under running processes; ``clock.c`` says how.

libfaketime does the same and much more, but the release of Debian 12 breaks ``time.sleep`` of Python 3.11 and later
(wolfcw/libfaketime, issue 426).
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from payouts_service.cli.embedded.supervision import Program

STEPPED: Final = ("web", "worker", "inquirer", "rescuer", "beat")
"""The programs with a clock of their own. PostgreSQL, Redis and the provider keep the machine's."""
_SOURCE: Final = Path(__file__).with_name("clock.c")
_BILLION: Final = 1_000_000_000
_HOUR: Final = 3600


@dataclass(frozen=True)
class Clocks:
    """One clock for each program of ``STEPPED``, all true at first."""

    folder: Path
    why_not: str | None
    """Why no clock can be stepped on this machine; None where it can."""

    def give_to(self, program: Program) -> Program:
        """The program with its own clock, where it is to have one."""
        if self.why_not is not None or program.name not in STEPPED:
            return program
        return replace(program, command=[*self._preload(program.name), *program.command])

    def step(self, name: str, seconds: float) -> None:
        """From now on that program's wall clock is so many seconds ahead of the machine's."""
        file = self.folder / name
        with file.open("r+b" if file.exists() else "wb") as clock:  # In place: the processes have mapped it.
            clock.write(int(seconds * _BILLION).to_bytes(8, sys.byteorder, signed=True))

    def why_not_here(self) -> str | None:
        """Make the library and try it with this Python; None where it works."""
        compiler = shutil.which("cc")
        if compiler is None:
            return "there is no C compiler (cc) on this machine"
        options = ["-O2", "-Wall", "-Wextra", "-shared", "-fPIC"]
        built = _run([compiler, *options, "-o", str(self._library), str(_SOURCE), "-ldl"])
        if built.returncode != 0:
            return f"{shlex.join(built.args)} failed: {built.stderr.strip()}"
        self.step("trial", _HOUR)
        told = _run([*self._preload("trial"), sys.executable, "-c", "import time; print(time.time())"])
        if told.returncode != 0 or float(told.stdout) < time.time() + _HOUR / 2:
            return "this Python does not take its time from a preloaded library"
        return None

    @property
    def _library(self) -> Path:
        return self.folder / "clock.so"

    def _preload(self, name: str) -> list[str]:
        return ["/usr/bin/env", f"LD_PRELOAD={self._library}", f"STEPPED_CLOCK={self.folder / name}"]


def make(folder: Path) -> Clocks:
    """Clocks whose files lie in that new folder."""
    folder.mkdir()
    clocks = Clocks(folder, None)
    for name in STEPPED:
        clocks.step(name, 0)
    return replace(clocks, why_not=clocks.why_not_here())


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
