"""What a process writes to its log, as the operator's tools read it."""

import io
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest
import structlog

from payouts_service.observability.logs import configure_logs


class Log:
    """The standard output that the logs were configured with."""

    def __init__(self) -> None:
        self._stderr = io.StringIO()

    def configure(self, level: str) -> None:
        with redirect_stderr(self._stderr):
            configure_logs(level)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stderr.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    before, ours = root.handlers[:], structlog.get_config()
    log = Log()
    log.configure("INFO")
    yield log
    root.handlers[:] = before
    structlog.configure(**ours)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
