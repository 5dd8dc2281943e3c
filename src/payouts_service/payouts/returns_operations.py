"""The operation of returns, as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Final

from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, extend_schema

from payouts_service.http.openapi import refusals
from payouts_service.payouts import services
from payouts_service.payouts.operations import ID, IF_MATCH, LOCKED, STALE, TAGS, answer
from payouts_service.payouts.requests import CreateReturn
from payouts_service.payouts.responses import RETURN_EXAMPLE, PayoutReturn
from payouts_service.payouts.returns import NotReturnable, ReturnExceedsPayment, ReturnExists, ReturnToldByProvider
from payouts_service.tenants.scopes import Scope

RETURN: Final = extend_schema(
    operation_id="payouts_return",
    tags=TAGS,
    summary="Tell of a return",
    description="Money of a `completed` payout came back, all or some of it: it is credited to your account (but "
    "for a payout that was paid before there were accounts), and listed in the payout's `returns`; the payout stays "
    "`completed`. Told again with the same `provider_reference` it "
    "is not booked again. Providers that call back tell of their returns themselves. Give the scope `returns:write` to "
    "whoever sees the money come back only.",
    parameters=[
        ID,
        IF_MATCH,
        OpenApiParameter(
            "Idempotent-Replayed",
            {"type": "string", "const": "true"},
            OpenApiParameter.HEADER,
            response=[201],
            description="It was booked before.",
        ),
    ],
    request=OpenApiRequest(CreateReturn),
    responses={
        201: answer(PayoutReturn, "The return.", RETURN_EXAMPLE),
        **refusals(
            services.PayoutNotFound(),
            NotReturnable("Tell of a return once the payout is completed."),
            ReturnExceedsPayment("At most 50.00 EUR can still come back.", extra={"left": "50.00"}),
            ReturnExists("Give each return the reference that the provider or the bank gave it."),
            ReturnToldByProvider("Send is_another as true if this is one more return, or else nothing."),
            LOCKED,
            STALE,
            scope=Scope.RETURNS_WRITE,
            with_body=True,
        ),
    },
)
