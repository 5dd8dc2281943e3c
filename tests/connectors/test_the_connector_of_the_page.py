"""Whoever follows docs/how-to/write-a-connector.md has a connector that pays, and tests that pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from payouts_service.connectors import registry
from payouts_service.payouts import engine
from tests.client import Client
from tests.connectors.page import NAME, files, learn
from tests.simulator_process import SimulatorProcess

learn()
# The page's own tests become tests of this file.
exec(compile(files()["tests/connectors/test_example_bank.py"], "write-a-connector.md", "exec"))  # noqa: S102 - it is our own page.


@pytest.fixture
def named(settings: Settings, simulator: SimulatorProcess) -> Iterator[None]:
    """The settings as the page ends: they name the connector, and where its bank is."""
    settings.CONNECTORS = [NAME, "manual"]
    settings.EXAMPLE_BANK_URL = simulator.url
    registry.forget_all()
    yield
    registry.forget_all()


def test_a_payout_is_paid_by_it(acme: Client, named: None) -> None:
    payout = acme.create(connector=NAME)["id"]

    engine.pay_ready(NAME, budget_seconds=20)

    assert acme.read(payout)["status"] == "completed"
