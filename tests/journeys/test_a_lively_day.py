"""`payouts demo` fills a running stack with every fate once, and `payouts doctor` finds that stack well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from payouts_service.payouts.models import Payout
from tests.brokers import Broker
from tests.cli.terminal import run, told
from tests.client import Client
from tests.eventually import eventually
from tests.journeys.stack import whole_stack
from tests.simulator_process import free_port

SECRET = "a secret that proves whose callbacks these are"


@pytest.fixture
def url(acme: Client, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A whole stack beside the tests' database."""
    monkeypatch.setenv("SIMULATOR_CALLBACK_SECRET", SECRET)
    monkeypatch.setenv("SIMULATOR_URL", f"http://127.0.0.1:{free_port()}")
    with whole_stack(tmp_path, broker.url) as url:
        yield url


def test_every_fate_is_met_once(url: str, acme: Client, durable: None) -> None:
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
