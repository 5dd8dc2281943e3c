"""supervisord: its configuration, its start and stop, and questions to it.

It keeps every process running for ever and keeps the logs. It runs as the invoking user with a control socket that no
other user may open. Secrets reach the processes through its environment, never through the configuration file or a
command line.
"""

from __future__ import annotations

import configparser
import io
import os
import shlex
import subprocess
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]  # It ships no types.

from payouts_service.cli.embedded.kept_settings import write_private
from payouts_service.cli.embedded.places import Account, Places, bin_folder
from payouts_service.cli.embedded.refusal import StackRefused
from payouts_service.cli.embedded.waiting import wait_until

STOP_SECONDS = 120
FOR_EVER = 1_000_000_000  # supervisord has no word for it.


@dataclass(frozen=True)
class Program:
    """One process that supervisord keeps."""

    name: str
    command: Sequence[str]
    folder: Path
    order: int
    """Lower starts earlier and stops later."""
    starts_at_once: bool = False
    stop_signal: str = "TERM"
    stop_seconds: int = 40
    account: Account | None = None


@dataclass(frozen=True)
class Process:
    """What supervisord knows of a process: its state (``RUNNING``, ``BACKOFF`` …) and its id, 0 while there is none."""

    state: str
    pid: int


@dataclass(frozen=True)
class Supervisor:
    """The supervisord of one checkout."""

    places: Places

    def start(self, programs: Sequence[Program], environment: Mapping[str, str]) -> None:
        """Start supervisord in the background with those programs. Raises StackRefused."""
        write_private(self._configuration, self._render(programs))
        outcome = subprocess.run(  # Our own command, no shell.
            [bin_folder() / "supervisord", "--configuration", self._configuration],
            cwd=self.places.checkout,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if outcome.returncode != 0:
            raise StackRefused(f"supervisord did not start: {outcome.stderr.strip()}")
        wait_until(self.is_running, seconds=20, otherwise="supervisord does not answer; see `make logs`.")

    def start_the_rest(self) -> None:
        """Start the programs that did not start at once."""
        with self._connection() as server:
            server.supervisor.startAllProcesses(False)  # noqa: FBT003  # XML-RPC has no names: do not wait.

    def stop(self) -> None:
        """Stop all processes, the last started first, then supervisord; returns when they are gone."""
        if not self.is_running():
            return
        with self._connection() as server:
            pid = int(str(server.supervisor.getPID()))
            server.supervisor.shutdown()
        wait_until(
            lambda: not _is_alive(pid),
            seconds=STOP_SECONDS,
            otherwise=f"supervisord (process {pid}) did not stop within {STOP_SECONDS} seconds.",
        )

    def is_running(self) -> bool:
        """Whether supervisord answers."""
        try:
            with self._connection() as server:
                server.supervisor.getPID()
        except (OSError, xmlrpc.client.Fault):  # Nobody listens, or it is about to end.
            return False
        return True

    def processes(self) -> dict[str, Process]:
        """Each program's process by the program's name."""
        with self._connection() as server:
            infos = server.supervisor.getAllProcessInfo()
        assert isinstance(infos, list)  # noqa: S101  # What supervisord documents.
        return {str(info["name"]): Process(str(info["statename"]), int(info["pid"])) for info in infos}

    @property
    def _configuration(self) -> Path:
        return self.places.local / "supervisord.conf"

    @property
    def _socket(self) -> Path:
        return self.places.run / "supervisor.sock"

    def _connection(self) -> xmlrpc.client.ServerProxy:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)

    def _render(self, programs: Sequence[Program]) -> str:
        sections = configparser.RawConfigParser()
        sections["unix_http_server"] = {"file": _literal(self._socket), "chmod": "0700"}
        sections["rpcinterface:supervisor"] = {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        }
        sections["supervisord"] = {
            "logfile": _literal(self.places.logs / "supervisord.log"),
            "logfile_maxbytes": "10MB",
            "logfile_backups": "1",
            "pidfile": _literal(self.places.local / "supervisord.pid"),
            "nocleanup": "true",
            "umask": "077",
        }
        if self.places.account is not None:
            sections["supervisord"]["user"] = "root"  # Said aloud, or supervisord warns of it.
        for program in programs:
            sections[f"program:{program.name}"] = self._options(program)
        text = io.StringIO()
        sections.write(text)
        return text.getvalue()

    def _options(self, program: Program) -> dict[str, str]:
        options = {
            "command": _literal(shlex.join(program.command)),
            "directory": _literal(program.folder),
            "priority": str(program.order),
            "autostart": str(program.starts_at_once).lower(),
            "autorestart": "true",
            "startretries": str(FOR_EVER),
            "startsecs": "2",
            "stopsignal": program.stop_signal,
            "stopwaitsecs": str(program.stop_seconds),
            # The first signal goes to the process alone, which ends its children in order; the last one to all of them.
            "stopasgroup": "false",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": _literal(self.places.logs / f"{program.name}.log"),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": "3",
        }
        if program.account is not None:
            options["user"] = program.account.name
        return options


def _literal(text: object) -> str:
    """Write a value so that supervisord, which expands ``%(name)s``, reads it back."""
    return str(text).replace("%", "%%")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
