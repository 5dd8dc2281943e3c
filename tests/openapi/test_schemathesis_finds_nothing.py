"""Requests made from the document, right and wrong ones, find no fault: the answers keep to the document."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.client import Client
from tests.openapi.conftest import CHECKOUT


@pytest.mark.timeout(600)  # Thousands of requests, more with every endpoint.
def test_it_finds_nothing_with_a_key(server: str, acme: Client, tmp_path: Path) -> None:
    run_schemathesis(server, tmp_path, "--max-examples=20", f"--header=Authorization: Bearer {acme.key}")


@pytest.mark.timeout(600)
def test_it_finds_nothing_without_a_key(server: str, database: None, tmp_path: Path) -> None:
    run_schemathesis(server, tmp_path, "--max-examples=5")


def run_schemathesis(server: str, folder: Path, *options: str) -> None:
    """All its phases and checks, with the project's settings; fails the test with its own report."""
    command: list[str | Path] = [
        Path(sys.executable).with_name("schemathesis"),
        f"--config-file={CHECKOUT / 'schemathesis.toml'}",
        "run",
        f"{server}/api/schema/",
        "--seed=1",  # The same requests in each run: a new finding comes of a change, not of luck.
        "--suppress-health-check=too_slow",  # A busy machine is no finding.
        "--no-color",
        *options,
    ]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout + run.stderr
