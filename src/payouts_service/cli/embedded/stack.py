"""The embedded stack as a whole: up, down, clean."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from payouts_service.cli.embedded import first_key, first_person, programs
from payouts_service.cli.embedded.kept_settings import (
    Settings,
    is_free,
    make_settings,
    port_of,
    read_settings,
    write_private,
)
from payouts_service.cli.embedded.places import DATA_OF_ROOT, Places, bin_folder
from payouts_service.cli.embedded.refusal import StackRefused
from payouts_service.cli.embedded.supervision import Supervisor
from payouts_service.cli.embedded.waiting import (
    PAUSE_SECONDS,
    check_own_postgres,
    http_status,
    postgres_answers,
    redis_answers,
    wait_until,
    workers_answer,
)
from payouts_service.environment import SettingsRefused, read_environment

DEFAULT_PORT = 8000
SERVER_SECONDS = 60
PROCESS_SECONDS = 45
SERVICE_SECONDS = 90
OF_THE_OTHER_RUNTIME = "compose.env"


@dataclass(frozen=True)
class Stack:
    """One checkout's embedded stack."""

    places: Places

    @property
    def supervisor(self) -> Supervisor:
        """What keeps the processes."""
        return Supervisor(self.places)

    def up(self, port: int | None) -> None:
        """Bring everything up on that web port, or leave nothing started; a stack that is up is brought up to date.

        None stands for the port that a running stack has, else for 8000. Raises StackRefused.
        """
        self._create_places()
        with self._alone():
            if self.supervisor.is_running():
                self._check_port(port)
                click.echo("The stack is up already.")
                self._bring_to_date()
                return
            try:
                self._start_servers(port or DEFAULT_PORT)
                self._bring_to_date()
            except BaseException:  # Ctrl-C too: nothing stays half started.
                if self.supervisor.is_running():
                    click.echo("Stopping what was started.", err=True)
                    self.supervisor.stop()
                raise

    def down(self) -> bool:
        """Stop everything; the data stay. False when nothing was running. Raises StackRefused."""
        if not self.places.local.exists():
            return False
        with self._alone():
            was_running = self.supervisor.is_running()
            self.supervisor.stop()
        return was_running

    def clean(self) -> None:
        """Stop everything, then remove data, settings and logs. Raises StackRefused."""
        self.down()
        own = [self.places.data, self.places.run]
        if self.places.local.exists():
            own += [path for path in self.places.local.iterdir() if path.name != OF_THE_OTHER_RUNTIME]
        for path in own:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # Another checkout has data there, or there never were any.
            DATA_OF_ROOT.rmdir()

    def settings(self) -> Settings:
        """The settings of the stack. Raises StackRefused before the first start."""
        settings = read_settings(self.places.local / "settings.env")
        if settings is None:
            raise StackRefused("The stack has no settings yet; run `make up` first.")
        return settings

    def environment(self) -> dict[str, str]:
        """The environment of the stack's processes, also for a command beside them. Raises StackRefused."""
        commands = f"{bin_folder()}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        django = {"DJANGO_SETTINGS_MODULE": "payouts_service.settings"}
        return {**self.settings().environment, **django, "PATH": commands}

    def port(self) -> int:
        """The web port that the stack was last started with."""
        return int((self.places.local / "port").read_text())

    def run(self, *command: str) -> None:
        """Run one of the service's commands with the stack's settings. Raises StackRefused when it fails."""
        program = bin_folder() / command[0]
        outcome = subprocess.run([program, *command[1:]], env=self.environment(), check=False)  # No shell.
        if outcome.returncode != 0:
            raise StackRefused(f"`{' '.join(command)}` failed; its message stands above.")

    def _create_places(self) -> None:
        try:
            self.places.create()
        except OSError as error:
            raise StackRefused(f"{error.filename}: {error.strerror}; make it yours or remove it.") from error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Commands that start or stop take turns."""
        with (self.places.local / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _check_port(self, wanted: int | None) -> None:
        if wanted not in {None, self.port()}:
            raise StackRefused(f"The stack is up on port {self.port()}; to move it, run `make down` first.")

    def _start_servers(self, port: int) -> None:
        if not is_free(port):
            raise StackRefused(f"Port {port} is taken; free it, or choose another: make up PORT={port + 1}")
        metrics = self.places.local / "metrics"
        if metrics.exists():
            shutil.rmtree(metrics)  # It speaks of processes that are gone.
        metrics.mkdir()
        settings = make_settings(self.places.local / "settings.env", metrics)
        _check(settings)
        servers = programs.servers(self.places, settings)
        service = programs.service(self.places, settings, port)
        write_private(self.places.local / "port", str(port))
        click.echo(f"Starting {' and '.join(server.name for server in servers) or 'supervisord'}.")
        self.supervisor.start([*servers, *service], self.environment())

    def _bring_to_date(self) -> None:
        settings, port = self.settings(), self.port()
        started = self.supervisor.processes()
        if "postgres" in started:
            owner = settings.kept["MIGRATION_DATABASE_URL"]
            wait_until(lambda: postgres_answers(owner), seconds=SERVER_SECONDS, otherwise=self._not_ready("postgres"))
        if "redis" in started:
            broker = port_of(settings.kept["BROKER_URL"])
            wait_until(lambda: redis_answers(broker), seconds=SERVER_SECONDS, otherwise=self._not_ready("redis"))
        click.echo("Applying migrations.")
        self.run("payouts", "migrate")
        self.supervisor.start_the_rest()
        click.echo("Waiting until the service is ready.")
        self._wait_for_processes()
        wait_until(lambda: _is_ready(port), seconds=SERVICE_SECONDS, otherwise=self._not_ready("web"))
        environment = self.environment()
        wait_until(lambda: workers_answer(environment), seconds=SERVICE_SECONDS, otherwise=self._not_ready("worker"))
        first_key.keep(self.places.local / "env", port, environment)
        first_person.keep(self.places.local / "console", environment)

    def _wait_for_processes(self) -> None:
        deadline = time.monotonic() + PROCESS_SECONDS
        while idle := [name for name, process in self.supervisor.processes().items() if process.state != "RUNNING"]:
            if time.monotonic() > deadline:
                raise StackRefused(self._not_ready(idle[0]))
            time.sleep(PAUSE_SECONDS)

    def _not_ready(self, name: str) -> str:
        return f"{name} did not become ready; its log is {_short(self.places.logs / name, self.places)}.log."


def _is_ready(port: int) -> bool:
    return http_status(port, "/health/ready") == 200  # noqa: PLR2004  # HTTP's OK.


def _short(path: Path, places: Places) -> Path:
    return path.relative_to(places.checkout)


def _check(settings: Settings) -> None:
    """Refuse a wrong setting before anything starts."""
    os.environ.update(settings.environment)
    try:
        environment = read_environment()
    except SettingsRefused as refused:
        raise StackRefused(f"these settings are wrong: {'; '.join(str(refused).splitlines())}") from refused
    if not settings.embeds_postgres:
        check_own_postgres(environment.database_url.get_secret_value())
