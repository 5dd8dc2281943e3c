"""The connector of benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NoReturn, Protocol

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
        callbacks=False,
        max_in_flight=1000,  # So that two processes at their largest claims do not wait for each other.
        rate_limit=None,
        call_timeout_seconds=1,
        currencies=None,
        kinds=frozenset({"iban", "ru_account", "phone", "card_token", "text"}),
    )

    def submit(self, instruction: PaymentInstruction) -> Outcome:
        """Confirm."""
        return contract.confirmed(f"instant_{instruction.reference}")

    def inquire(self, instruction: PaymentInstruction) -> Outcome:
        """Nothing was ever sent anywhere, and nothing is remembered."""
        return contract.not_found()

    def verify_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> NoReturn:
        """Never called; raises TypeError."""
        raise TypeError("The connector instant has nobody who calls. Read capabilities.callbacks first.")

    def translate_callback(self, body: bytes) -> NoReturn:
        """Never called; raises TypeError."""
        raise TypeError("The connector instant has nobody who calls. Read capabilities.callbacks first.")


def build(settings: Settings) -> InstantConnector:
    """The connector; raises RefusedOutsideBenchmarks unless ``BENCHMARK`` is set."""
    if not settings.BENCHMARK:
        raise RefusedOutsideBenchmarks(
            "The connector instant pays nobody. Remove it from CONNECTORS, or set BENCHMARK=true to measure."
        )
    return InstantConnector()
