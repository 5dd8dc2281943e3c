"""Speaks the simulated provider's HTTP: what it documents becomes a typed answer, all else NotUnderstood."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints, ValidationError

from payouts_service.connectors.bounded_http import Answer, BoundedClient

_Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,64}$")]
_Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,35}$")]


class ProviderRejection(BaseModel):
    """Why the provider refused. Its message is not read: it is the provider's text."""

    code: _Code


class ProviderPayment(BaseModel):
    """A payment as the provider tells it."""

    reference: _Reference
    provider_reference: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    status: Literal["accepted", "confirmed", "rejected", "returned"]
    rejection: ProviderRejection | None
    fee: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")] | None = None


class _UnknownReference(BaseModel):
    code: Literal["unknown_reference"]
    reference: _Reference


class _NotFound(BaseModel):
    error: _UnknownReference


class NotUnderstood(Exception):
    """An answer that the provider does not document for this call; ``status`` is its HTTP status."""

    def __init__(self, why: str, *, status: int) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


class SimulatorClient:
    """The provider's two calls. Both raise NotUnderstood and bounded_http.NoAnswer."""

    def __init__(self, http: BoundedClient) -> None:
        self._http = http

    def post_payment(
        self,
        *,
        reference: str,
        amount: Decimal,
        currency: str,
        recipient: Mapping[str, str],
        metadata: Mapping[str, str],
    ) -> tuple[int, ProviderPayment]:
        """Ask for a payment; the HTTP status and the payment, which is rejected exactly when the status is 422."""
        body = {
            "reference": reference,
            "amount": format(amount, "f"),
            "currency": currency,
            "recipient": dict(recipient),
            "metadata": dict(metadata),
        }
        answer = self._http.call("POST", "/payments", body)
        if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise NotUnderstood(f"the provider answered HTTP {answer.status}", status=answer.status)
        payment = _payment_of(answer, reference, amount, currency)
        if (payment.status == "rejected") != (answer.status == HTTPStatus.UNPROCESSABLE_ENTITY):
            raise NotUnderstood("the answer's status contradicts its HTTP status", status=answer.status)
        return answer.status, payment

    def get_payment(self, *, reference: str, amount: Decimal, currency: str) -> tuple[int, ProviderPayment | None]:
        """Ask what became of a payment; the HTTP status, and None where the provider says it has never heard of it."""
        answer = self._http.call("GET", f"/payments/{reference}")
        if answer.status == HTTPStatus.NOT_FOUND and _says_unknown(answer, reference):
            return answer.status, None
        if answer.status != HTTPStatus.OK:
            raise NotUnderstood(f"the provider answered HTTP {answer.status}", status=answer.status)
        return answer.status, _payment_of(answer, reference, amount, currency)

    def close(self) -> None:
        """Close the connections; no call may follow."""
        self._http.close()


def _payment_of(answer: Answer, reference: str, amount: Decimal, currency: str) -> ProviderPayment:
    try:
        payment = ProviderPayment.model_validate_json(answer.body, strict=True)
    except ValidationError:
        # The cause is not chained: its text repeats what the provider sent.
        raise NotUnderstood("the answer is not the JSON that the provider documents", status=answer.status) from None
    if payment.reference != reference:
        raise NotUnderstood("the answer is about another reference", status=answer.status)
    if (Decimal(payment.amount), payment.currency) != (amount, currency):
        raise NotUnderstood("the answer is about another amount or currency", status=answer.status)
    if (payment.status == "rejected") != (payment.rejection is not None):
        raise NotUnderstood("the answer's status contradicts its rejection", status=answer.status)
    return payment


def _says_unknown(answer: Answer, reference: str) -> bool:
    """Only the documented body counts: a proxy, or a wrong address, answers 404 too."""
    try:
        return _NotFound.model_validate_json(answer.body, strict=True).error.reference == reference
    except ValidationError:
        return False
