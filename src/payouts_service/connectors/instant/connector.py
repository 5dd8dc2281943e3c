"""The connector of benchmarks."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

from payouts_service.connectors import contract
from payouts_service.connectors.contract import Capabilities, Outcome, PaymentInstruction


class RefusedOutsideBenchmarks(Exception):
    """The connector was asked for by a service that is no benchmark."""


class Settings(Protocol):
    """The settings that this connector reads."""

    BENCHMARK: bool


class InstantConnector:
    """Confirms whatever it is given. Remembers nothing, so a second submit is as harmless as the first."""

    name: Final = "instant"
    capabilities: Final = Capabilities(
        submits=True,
        idempotent_submit=True,
        reference_memory=None,
        inquiry=False,
        visible_after=timedelta(0),
        max_in_flight=64,
        call_timeout_seconds=1,
        currencies=None,
        kinds=frozenset({"iban", "card_token", "text"}),
    )

    def submit(self, instruction: PaymentInstruction) -> Outcome:
        """Confirm."""
        return contract.confirmed(f"instant_{instruction.reference}")

    def inquire(self, instruction: PaymentInstruction) -> Outcome:
        """Nothing was ever sent anywhere, and nothing is remembered."""
        return contract.not_found()


def build(settings: Settings) -> InstantConnector:
    """The connector; raises RefusedOutsideBenchmarks unless ``BENCHMARK`` is set."""
    if not settings.BENCHMARK:
        raise RefusedOutsideBenchmarks(
            "The connector instant pays nobody. Remove it from CONNECTORS, or set BENCHMARK=true to measure."
        )
    return InstantConnector()
