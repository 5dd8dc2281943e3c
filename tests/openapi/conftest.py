"""The service as a real web process, for programs that speak HTTP; and its document."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.web_process import web_process

CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENT = CHECKOUT / "openapi.yaml"


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[str]:
    """The address of Gunicorn on the tests' database."""
    with web_process(
        stdout=subprocess.DEVNULL, settings={"WEB_CONCURRENCY": "1"}
    ) as web:  # It writes a line for each request.
        yield web.url


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The committed OpenAPI document."""
    read: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    return read
