"""Gunicorn with the settings of every runtime, as a process of its own on a free port of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from tests.eventually import eventually
from tests.simulator_process import free_port

STOP_SECONDS = 30


@dataclass(frozen=True)
class WebProcess:
    """The first of its processes, and where it listens on 127.0.0.1."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def listens(self) -> bool:
        """Whether a connection is taken there."""
        try:
            socket.create_connection(("127.0.0.1", self.port), STOP_SECONDS).close()
        except OSError:
            return False
        return True


@contextmanager
def web_process(
    *options: str,
    application: str = "payouts_service.wsgi:application",
    settings: Mapping[str, str],
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
) -> Iterator[WebProcess]:
    """One for the block, with these options of Gunicorn and these settings besides, once it listens."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:payouts_service.gunicorn_conf", *options]
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", application],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **settings},
        stdout=stdout,
        stderr=stderr,
    )
    web = WebProcess(process, port)
    try:
        eventually(lambda: process.poll() is not None or web.listens(), seconds=60)
        assert process.poll() is None, "Gunicorn ended; its own words are above."
        yield web
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
