"""`payouts demo` fills a running stack with every fate once, and `payouts doctor` finds that stack well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from payouts_service.payouts.models import Payout
from tests.brokers import Broker
from tests.cli.terminal import run, told
from tests.client import Client
from tests.eventually import eventually
from tests.journeys.conftest import Workers
from tests.simulator_process import SimulatorProcess, free_port

SECRET = "a secret that proves whose callbacks these are"


@pytest.fixture
def url(acme: Client, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A whole stack beside the tests' database: web, workers, scheduler, and a provider that calls back."""
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("SIMULATOR_CALLBACK_SECRET", SECRET)
    callbacks = f"--callback-url={url}/api/callbacks/simulator/"
    provider = SimulatorProcess(free_port(), tmp_path / "books.sqlite", callbacks)
    monkeypatch.setenv("SIMULATOR_URL", provider.url)
    monkeypatch.setenv("WEB_CONCURRENCY", "1")
    monkeypatch.setenv("PYTHONPATH", ":".join(filter(None, sys.path)))
    provider.start()
    workers = Workers(tmp_path, broker.url)
    workers.start()
    command = ["gunicorn", "-c", "python:payouts_service.gunicorn_conf", "--bind", url.removeprefix("http://")]
    with (tmp_path / "web.log").open("wb") as log:
        web = subprocess.Popen([sys.executable, "-m", *command, "payouts_service.wsgi:application"], stderr=log)
    try:
        eventually(lambda: _is_up(url), seconds=60)
        yield url
    finally:
        web.terminate()
        workers.kill()
        provider.stop()
        provider.close()
        web.wait(30)


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_every_fate_is_met_once(url: str, acme: Client) -> None:
    asked = ("demo", "--tenant", "Acme", "--count", "30", "--url", url)

    first = told(*asked)

    stories = {name: acme.read(payout) for name, payout in first["stories"].items()}
    assert stories["unknown"]["progress"] == "unknown"
    assert stories["return"]["returns"]
    assert stories["closed account"]["failure"]["code"] == "recipient_account_closed"
    assert stories["still with the bank"]["progress"] == "accepted"
    assert stories["paid by hand"]["status"] == "completed"
    assert stories["scheduled"]["waiting_for"] == ["schedule"]
    assert stories["canceled"]["failure"]["code"] == "canceled"
    eventually(lambda: "funds" in told("watch")["waiting_for"], seconds=60)
    keys = told("keys", "list", "--tenant", "Acme")["data"]
    assert {key["status"] for key in keys if key["name"] == "demo"} == {"revoked"}

    again = told(*asked)

    assert (first["made_before"], again["made_before"], Payout.objects.count()) == (0, 30, 30)
    assert again["stories"] == first["stories"]
    eventually(lambda: _is_well(url), seconds=60)


def _is_well(url: str) -> bool:
    return run("doctor", "--port", str(urlsplit(url).port)).exit_code == 0
