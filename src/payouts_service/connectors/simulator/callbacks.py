"""Reads the simulated provider's callbacks, which are signed after the manner of Standard Webhooks.

``webhook-signature`` carries one or more signatures, separated by spaces: while the provider changes its secret, it
signs with the old one and the new. Each ``v1,`` is the base64 of HMAC-SHA256 over ``id.timestamp.body``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, StringConstraints, ValidationError

from payouts_service.connectors.contract import CallbackNotUnderstood, CallbackRefused
from payouts_service.connectors.simulator.client import ProviderPayment, ProviderRejection

TOLERANCE: Final = timedelta(minutes=5)
_LONGEST_TIMESTAMP: Final = 12
_Status = Literal["confirmed", "rejected", "returned"]
_STATUSES: Final[Mapping[str, _Status]] = {
    "payment.confirmed": "confirmed",
    "payment.rejected": "rejected",
    "payment.returned": "returned",
}


class _Data(BaseModel):
    reference: str
    provider_reference: str
    amount: str
    currency: str
    rejection: ProviderRejection | None


class _Event(BaseModel):
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,64}$")]
    type: Literal["payment.confirmed", "payment.rejected", "payment.returned"]
    data: _Data


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Raise CallbackRefused unless one of the signatures was made with the secret, not long before or after ``now``."""
    try:
        event_id = headers["webhook-id"]
        timestamp = headers["webhook-timestamp"]
        signatures = headers["webhook-signature"]
    except KeyError as error:
        raise CallbackRefused(f"the header {error.args[0]} is missing") from None
    if not (event_id + timestamp + signatures).isascii():
        raise CallbackRefused("a header is not ASCII")
    if not timestamp.isdigit() or len(timestamp) > _LONGEST_TIMESTAMP:
        raise CallbackRefused("the timestamp is not a number of seconds")
    signed = f"{event_id}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())
    if not any(hmac.compare_digest(expected, given.encode()) for given in signatures.split(" ")):
        raise CallbackRefused("no signature is right")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise CallbackRefused("it was signed more than five minutes before or after it arrived")


def read(body: bytes) -> tuple[str, ProviderPayment]:
    """The id of the event, and the payment as it says. Raises CallbackNotUnderstood."""
    try:
        event = _Event.model_validate_json(body, strict=True)
        payment = ProviderPayment.model_validate({**dict(event.data), "status": _STATUSES[event.type]}, strict=True)
    except ValidationError:
        # The cause is not chained: its text repeats what the provider sent.
        raise CallbackNotUnderstood("it is not the JSON that the provider documents") from None
    if (payment.status == "rejected") != (payment.rejection is not None):
        raise CallbackNotUnderstood("its type contradicts its rejection")
    if not Decimal(payment.amount):
        raise CallbackNotUnderstood("its amount is nothing")
    return event.id, payment
