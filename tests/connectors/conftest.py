from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

import pytest

from payouts_service.connectors.contract import PaymentInstruction
from payouts_service.connectors.simulator.connector import SimulatorConnector, build

IBAN = {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"}

CALLBACK_SECRET = "a secret of the simulated bank and its client"

MakeInstruction = Callable[..., PaymentInstruction]
SimulatorAt = Callable[..., SimulatorConnector]


@dataclass
class ConnectorSettings:
    """What the connectors read of the settings."""

    SIMULATOR_URL: str
    SIMULATOR_TIMEOUT_SECONDS: float = 5
    SIMULATOR_CALLBACK_SECRET: str | None = CALLBACK_SECRET
    BENCHMARK: bool = True
    INSTANT_SECONDS: float = 0
    INSTANT_MAX_IN_FLIGHT: int = 1000
    EXAMPLE_BANK_URL: str = ""


@pytest.fixture
def simulator_at() -> Iterator[SimulatorAt]:
    """Makes the connector for the provider at an address, and closes it after the test."""
    with ExitStack() as made:

        def make(url: str, timeout_seconds: float = 5) -> SimulatorConnector:
            settings = ConnectorSettings(SIMULATOR_URL=url, SIMULATOR_TIMEOUT_SECONDS=timeout_seconds)
            return made.enter_context(closing(build(settings)))

        yield make


@pytest.fixture
def instruct() -> MakeInstruction:
    def make(
        *, amount: str = "150.00", currency: str = "EUR", recipient: dict[str, str] = IBAN, scenario: str = ""
    ) -> PaymentInstruction:
        return PaymentInstruction(
            reference=uuid4().hex,
            payout_id="po_01j00000000000000000000000",
            amount=Decimal(amount),
            currency=currency,
            recipient=recipient,
            metadata={"simulator": scenario} if scenario else {},
        )

    return make
