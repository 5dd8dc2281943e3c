"""Waiting for servers with a deadline, and the questions that tell whether they are ready."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import time
from collections.abc import Callable, Mapping

import psycopg

from payouts_service.cli.embedded.places import bin_folder
from payouts_service.cli.embedded.refusal import StackRefused

PAUSE_SECONDS = 0.1
OLDEST_POSTGRES = 150_000  # Version 15, as libpq counts.


def wait_until(is_so: Callable[[], bool], *, seconds: float, otherwise: str) -> None:
    """Ask again and again until the answer is yes; after ``seconds``, raises StackRefused with ``otherwise``."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise StackRefused(otherwise)
        time.sleep(PAUSE_SECONDS)


def postgres_answers(url: str) -> bool:
    """Whether that role can open a session in that database."""
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
        return True
    return False


def redis_answers(port: int) -> bool:
    """Whether a Redis on 127.0.0.1 speaks its protocol; without the password it answers with a refusal."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
    return False


def http_status(port: int, path: str, headers: dict[str, str] | None = None) -> int | None:
    """The status of GET ``path`` at 127.0.0.1; None when nobody answers. Goes around any proxy of the environment."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=headers or {})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def workers_answer(environment: Mapping[str, str]) -> bool:
    """Whether the workers of this host answer Celery's ping."""
    names = {f"{name}@{socket.gethostname()}" for name in ("worker", "rescuer", "inquirer")}
    outcome = subprocess.run(  # Our own command, no shell.
        [
            *(bin_folder() / "celery", "--app", "payouts_service.celery", "--quiet"),
            *("inspect", "ping", "--json", "--timeout", "1", "--destination", ",".join(sorted(names))),
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.returncode == 0 and names <= json.loads(outcome.stdout).keys()


def check_own_postgres(url: str) -> None:
    """Refuse a server of the user's that does not answer or is too old, before anything starts. Raises StackRefused."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            found = connection.info.server_version
    except psycopg.OperationalError as error:
        raise StackRefused(f"DATABASE_URL: PostgreSQL cannot be used: {str(error).splitlines()[0]}") from error
    if found < OLDEST_POSTGRES:
        raise StackRefused(f"DATABASE_URL: PostgreSQL 15 or later is needed, this is {found // 10_000}.")
