"""Translates between our contract and the simulated provider."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol

from payouts_service.connectors import contract
from payouts_service.connectors.bounded_http import BoundedClient, NoAnswer
from payouts_service.connectors.contract import (
    CallbackNews,
    Capabilities,
    Outcome,
    PaymentInstruction,
    RejectionCode,
)
from payouts_service.connectors.simulator import callbacks
from payouts_service.connectors.simulator.client import NotUnderstood, ProviderPayment, SimulatorClient

_MAX_IN_FLIGHT: Final = 64
_CODES: Final[Mapping[str, RejectionCode]] = {
    "recipient_details_invalid": RejectionCode.RECIPIENT_DETAILS_INVALID,
    "recipient_account_closed": RejectionCode.RECIPIENT_ACCOUNT_CLOSED,
    "recipient_unreachable": RejectionCode.RECIPIENT_UNREACHABLE,
    "unsupported_recipient": RejectionCode.UNSUPPORTED_RECIPIENT,
    "amount_out_of_range": RejectionCode.AMOUNT_OUT_OF_RANGE,
    "insufficient_funds": RejectionCode.INSUFFICIENT_PROVIDER_FUNDS,
    "compliance": RejectionCode.COMPLIANCE_REFUSED,
}


class Settings(Protocol):
    """The settings that this connector reads."""

    SIMULATOR_URL: str
    SIMULATOR_TIMEOUT_SECONDS: float
    SIMULATOR_CALLBACK_SECRET: str | None


class SimulatorConnector:
    """Pays through the simulated provider. See :class:`contract.Connector`."""

    name: Final = "simulator"

    def __init__(self, client: SimulatorClient, *, call_timeout_seconds: float, callback_secret: str | None) -> None:
        self._client = client
        self._callback_secret = callback_secret
        self.capabilities: Final = Capabilities(
            submits=True,
            idempotent_submit=True,
            reference_memory=None,
            inquiry=True,
            visible_after=timedelta(seconds=5),
            callbacks=callback_secret is not None,
            max_in_flight=_MAX_IN_FLIGHT,
            rate_limit=None,
            call_timeout_seconds=call_timeout_seconds,
            currencies=None,
            kinds=frozenset({"iban", "ru_account", "phone", "card_token", "text"}),
        )

    def submit(self, instruction: PaymentInstruction) -> Outcome:
        """Ask for the payment under its reference, which the provider pays at most once."""
        try:
            status, payment = self._client.post_payment(
                reference=instruction.reference,
                amount=instruction.amount,
                currency=instruction.currency,
                recipient=instruction.recipient,
                metadata=instruction.metadata,
            )
        except (NoAnswer, NotUnderstood) as error:
            return _unknown(error)
        return _outcome(payment, {"http_status": status})

    def inquire(self, instruction: PaymentInstruction) -> Outcome:
        """Ask what became of the payment."""
        try:
            status, payment = self._client.get_payment(
                reference=instruction.reference, amount=instruction.amount, currency=instruction.currency
            )
        except (NoAnswer, NotUnderstood) as error:
            return _unknown(error)
        if payment is None:
            return contract.not_found(evidence={"http_status": status, "provider_code": "unknown_reference"})
        return _outcome(payment, {"http_status": status})

    def verify_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Let pass what was signed with the secret within five minutes of ``now``."""
        if self._callback_secret is None:
            raise TypeError("SIMULATOR_CALLBACK_SECRET is not set. Read capabilities.callbacks first.")
        callbacks.verify(self._callback_secret, headers, body, now=now)

    def translate_callback(self, body: bytes) -> CallbackNews:
        """What became of a payment. Money that came back was confirmed before it did."""
        event_id, payment = callbacks.read(body)
        return CallbackNews(
            event_id=event_id,
            reference=payment.reference,
            amount=Decimal(payment.amount),
            currency=payment.currency,
            outcome=_outcome(payment, {"provider_event": event_id}),
            returned=payment.status == "returned",
        )

    def close(self) -> None:
        """Close the connections, for whoever built it; those of the registry live as long as the process."""
        self._client.close()


def build(settings: Settings) -> SimulatorConnector:
    """The connector for the provider at ``SIMULATOR_URL``; a call ends within ``SIMULATOR_TIMEOUT_SECONDS``.

    It understands callbacks where ``SIMULATOR_CALLBACK_SECRET`` is set.
    """
    timeout_seconds = settings.SIMULATOR_TIMEOUT_SECONDS
    http = BoundedClient(settings.SIMULATOR_URL, timeout_seconds=timeout_seconds, max_in_flight=_MAX_IN_FLIGHT)
    return SimulatorConnector(
        SimulatorClient(http),
        call_timeout_seconds=timeout_seconds,
        callback_secret=settings.SIMULATOR_CALLBACK_SECRET,
    )


def _outcome(payment: ProviderPayment, source: Mapping[str, object]) -> Outcome:
    """``source``: how the payment was told."""
    evidence: dict[str, object] = {
        **source,
        "provider_status": payment.status,
        "amount": payment.amount,
        "currency": payment.currency,
    }
    if payment.rejection is not None:
        evidence["provider_code"] = payment.rejection.code
        code = _CODES.get(payment.rejection.code, RejectionCode.REFUSED_BY_PROVIDER)
        return contract.rejected(code, provider_reference=payment.provider_reference, evidence=evidence)
    if payment.status in ("confirmed", "returned"):
        fee = Decimal(payment.fee) if payment.fee is not None and Decimal(payment.fee) else None
        returned = Decimal(payment.amount) if payment.status == "returned" else None
        return contract.confirmed(payment.provider_reference, fee=fee, returned=returned, evidence=evidence)
    return contract.accepted(payment.provider_reference, evidence=evidence)


def _unknown(error: NoAnswer | NotUnderstood) -> Outcome:
    if isinstance(error, NoAnswer):
        return contract.unknown(error.why, evidence={"sent": error.sent})
    return contract.unknown(error.why, evidence={"sent": True, "http_status": error.status})
