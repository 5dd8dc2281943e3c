"""The two calls about payments."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from payouts_simulator import answers, scenarios
from payouts_simulator.bookkeeper import BOOKS
from payouts_simulator.books import Inquiry, Order, Payment
from payouts_simulator.callbacks import COURIER
from payouts_simulator.control import DESK
from payouts_simulator.faults import FAULTS


class PaymentRequest(BaseModel):
    """The body of ``POST /payments``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,35}$")]
    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    recipient: Annotated[dict[str, str], Field(min_length=1)]
    metadata: dict[str, str] = Field(default_factory=dict)


async def post_payment(request: web.Request) -> web.StreamResponse:
    """Book a payment once and say what became of it, unless its scenario has other plans."""
    try:
        wanted = PaymentRequest.model_validate_json(await request.read())
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"][:1])) or "body" for item in error.errors()})
        return answers.error(400, "invalid_request", f"Correct these fields: {', '.join(fields)}.")
    if (refusal := await _out_of_order(request)) is not None:
        return refusal
    order = _order(wanted, request.app[DESK].control.draw)
    served = await request.app[BOOKS].serve(order)
    answer = web.Response()
    if served.payment is not None:
        if served.payment.fingerprint != order.fingerprint:
            return answers.error(409, "reference_reused", "This reference came before with another body.")
        status = 422 if served.payment.status == "rejected" else 201 if served.is_new else 200
        answer = web.json_response(_present(served.payment), status=status)
    if served.early:
        await request.app[COURIER].send_now(order.reference)
    return answer if served.fault is None else await FAULTS[served.fault].answer(request, answer)


async def get_payment(request: web.Request) -> web.StreamResponse:
    """What became of a payment."""
    if (refusal := await _out_of_order(request)) is not None:
        return refusal
    reference = request.match_info["reference"]
    served = await request.app[BOOKS].serve(Inquiry(reference))
    if served.payment is None:
        return answers.error(404, "unknown_reference", "No payment has this reference.", reference=reference)
    return web.json_response(_present(served.payment))


def _order(wanted: PaymentRequest, draw: Any) -> Order:
    asked = scenarios.asked_for(wanted.amount, wanted.metadata)
    return Order(
        reference=wanted.reference,
        fingerprint=hashlib.sha256(json.dumps(wanted.model_dump(), sort_keys=True).encode()).digest(),
        amount=wanted.amount,
        currency=wanted.currency,
        scenario=draw if asked is None else lambda _: asked,
    )


async def _out_of_order(request: web.Request) -> web.StreamResponse | None:
    """Take the time that every answer takes; the answer of an outage, where there is one."""
    control = request.app[DESK].control
    await asyncio.sleep(control.latency_seconds)
    return None if control.outage is None else await FAULTS[control.outage].answer(request, web.Response())


def _present(payment: Payment) -> dict[str, Any]:
    rejection = payment.rejection
    return {
        "reference": payment.reference,
        "provider_reference": payment.provider_reference,
        "amount": payment.amount,
        "currency": payment.currency,
        "status": payment.status,
        "rejection": rejection and {"code": rejection, "message": scenarios.REJECTIONS[rejection]},
        "fee": scenarios.parse(payment.scenario).fee,
    }
