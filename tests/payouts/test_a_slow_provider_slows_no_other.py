"""A provider that hangs holds up its own payouts and no others, also where one process serves them all."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from django.db import connections
from pytest_django import Settings

from payouts_service.connectors import registry
from payouts_service.payouts import engine
from tests.client import Client
from tests.eventually import eventually
from tests.simulator_process import SimulatorProcess


@pytest.fixture
def patient(settings: Settings) -> Iterator[None]:
    settings.SIMULATOR_TIMEOUT_SECONDS = 12
    registry.forget_all()
    yield
    registry.forget_all()


@pytest.mark.usefixtures("patient")
def test_one_process_pays_by_the_other_connector_while_a_provider_hangs(
    acme: Client, simulator: SimulatorProcess
) -> None:
    hanging = [acme.create(metadata={"simulator": "hang"})["id"] for _ in range(80)]  # More than may be in flight.

    def work() -> None:
        try:
            engine.pay_ready("simulator", budget_seconds=5)
        finally:
            connections.close_all()

    worker = Thread(target=work)
    worker.start()
    try:
        eventually(lambda: acme.read(hanging[0])["status"] == "processing")
        quick = [acme.create(connector="instant")["id"] for _ in range(5)]
        eventually(lambda: {acme.read(payout_id)["status"] for payout_id in quick} == {"completed"})
        assert {acme.read(payout_id)["status"] for payout_id in hanging} <= {"created", "processing"}
        assert worker.is_alive()
    finally:
        worker.join()
