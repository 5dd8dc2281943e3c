"""The `payouts` command as people and programs run it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from typing import Any

from click.testing import CliRunner, Result

from payouts_service.cli import main


def run(*arguments: str, text: str | None = None, **environment: str) -> Result:
    """The command inside the test's own process, which is quick; ``text`` is what is typed."""
    return CliRunner().invoke(main, arguments, input=text, env=environment, catch_exceptions=False)


def told(*arguments: str, **environment: str) -> Any:
    """What ``--json`` prints; fails the test unless the command ends well."""
    outcome = run(*arguments, "--json", **environment)
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; an empty value takes a variable out of its environment."""
    kept = {name: value for name, value in (os.environ | environment).items() if environment.get(name) != ""}
    command = [sys.executable, "-m", "payouts_service.cli", *arguments]
    return subprocess.run(command, env=kept, capture_output=True, text=True, check=False)


def at_a_screen(*arguments: str, until: str, **environment: str) -> tuple[str, int]:
    """What the command shows on a terminal until a text appears and Ctrl-C is typed, and its exit code."""
    ours, theirs = pty.openpty()
    given = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "160", "LINES": "50", **environment}
    command = [sys.executable, "-m", "payouts_service.cli", *arguments]
    shown = b""
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # Whoever runs the tests may ignore Ctrl-C.
    with subprocess.Popen(
        command,
        env=given,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=heeding,  # noqa: PLW1509 - it only sets a signal.
    ) as started:
        os.close(theirs)
        with suppress(OSError):  # The other end is closed: it has ended.
            while until.encode() not in shown:
                shown += os.read(ours, 65536)
        started.send_signal(signal.SIGINT)
        with suppress(OSError):
            while True:
                shown += os.read(ours, 65536)
    os.close(ours)
    return shown.decode(), started.returncode
