"""The connector of payouts that a person pays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NoReturn

from payouts_service.connectors.contract import Capabilities, PaymentInstruction


class ManualConnector:
    """Declares that it does not submit, so that the engine leaves its payouts to people. See contract.Connector."""

    name: Final = "manual"
    capabilities: Final = Capabilities(
        submits=False,
        idempotent_submit=False,
        reference_memory=None,
        inquiry=False,
        visible_after=timedelta(0),
        callbacks=False,
        max_in_flight=1,
        rate_limit=None,
        call_timeout_seconds=1,
        currencies=None,
        kinds=frozenset({"iban", "ru_account", "phone", "card_token", "text"}),
    )

    def submit(self, instruction: PaymentInstruction) -> NoReturn:
        """Never called; raises TypeError."""
        raise TypeError("The connector manual submits nothing: a person pays. Read capabilities.submits first.")

    def inquire(self, instruction: PaymentInstruction) -> NoReturn:
        """Never called; raises TypeError."""
        raise TypeError("The connector manual has nobody to ask: a person reports. Read capabilities.inquiry first.")

    def verify_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> NoReturn:
        """Never called; raises TypeError."""
        raise TypeError("The connector manual has nobody who calls. Read capabilities.callbacks first.")

    def translate_callback(self, body: bytes) -> NoReturn:
        """Never called; raises TypeError."""
        raise TypeError("The connector manual has nobody who calls. Read capabilities.callbacks first.")


def build(_settings: object) -> ManualConnector:
    """The connector; it reads no settings."""
    return ManualConnector()
