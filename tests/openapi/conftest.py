"""The service as a real web process, for programs that speak HTTP; and its document."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.eventually import eventually
from tests.simulator_process import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENT = CHECKOUT / "openapi.yaml"
_STOP_SECONDS = 30


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[str]:
    """The address of Gunicorn on the tests' database."""
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "-c", "python:payouts_service.gunicorn_conf"]
    process = subprocess.Popen(
        [*command, "--bind", url.removeprefix("http://"), "payouts_service.wsgi:application"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "WEB_CONCURRENCY": "1"},
        stdout=subprocess.DEVNULL,  # One line for each request.
    )
    try:
        eventually(lambda: process.poll() is not None or _answers(url))
        assert process.poll() is None, "Gunicorn ended; its own words are above."
        yield url
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The committed OpenAPI document."""
    read: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    return read


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", trust_env=False).is_success
    except httpx.TransportError:
        return False
