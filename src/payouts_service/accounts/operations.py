"""The operations on accounts and top-ups, as the OpenAPI document tells them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse, extend_schema
from pydantic import BaseModel

from payouts_service.accounts.requests import CreateTopUp, ListAccounts, ListEntries, ReadAccount
from payouts_service.accounts.responses import (
    ACCOUNT_EXAMPLE,
    ACCOUNT_PATTERN,
    ENTRY_EXAMPLE,
    TOP_UP_EXAMPLE,
    TOP_UP_PATTERN,
    AccountList,
    AccountObject,
    EntryPage,
    TopUpObject,
)
from payouts_service.accounts.services import AccountNotFound, TopUpExists, TopUpNotFound
from payouts_service.http.openapi import JSON, answer_header, query_parameters, refusals
from payouts_service.http.problems import Locked
from payouts_service.idempotency.keys import (
    FirstRequestRunning,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
)
from payouts_service.kit.errors import FieldError, InvalidFields
from payouts_service.payouts.operations import IDEMPOTENCY_KEY
from payouts_service.tenants.scopes import Scope

_TAGS: Final = ["Money"]
_ACCOUNT_ID: Final = OpenApiParameter(
    "id", {"type": "string", "pattern": ACCOUNT_PATTERN}, OpenApiParameter.PATH, description="The account's id."
)
_TOP_UP_ID: Final = OpenApiParameter(
    "id", {"type": "string", "pattern": TOP_UP_PATTERN}, OpenApiParameter.PATH, description="The top-up's id."
)
_WRONG_TIME: Final = InvalidFields(
    FieldError("at", "date-time", "Write the time as RFC 3339 does, for example 2026-11-23T10:00:00Z.")
)
_REPLAYED: Final = OpenApiParameter(
    "Idempotent-Replayed",
    {"type": "string", "const": "true"},
    OpenApiParameter.HEADER,
    response=[201],
    description="An earlier request with the same Idempotency-Key made this top-up.",
)


def _answer(model: type[BaseModel], description: str, example: dict[str, Any]) -> OpenApiResponse:
    return OpenApiResponse(model, description=description, examples=[OpenApiExample("Example", value=example)])


def _key_reused() -> IdempotencyKeyReused:
    refusal = IdempotencyKeyReused(UUID(int=0))
    refusal.extra["top_up_id"] = TOP_UP_EXAMPLE["id"]
    return refusal


LIST_ACCOUNTS: Final = extend_schema(
    operation_id="accounts_list",
    tags=_TAGS,
    summary="List accounts",
    description="Your accounts with their balances: six for each currency, made when it is first used.",
    parameters=query_parameters(ListAccounts),
    responses={
        200: _answer(AccountList, "The accounts.", {"data": [ACCOUNT_EXAMPLE]}),
        **refusals(
            InvalidFields(FieldError("currency", "currency-not-supported", "Use one of the currencies EUR, USD.")),
            scope=Scope.LEDGER_READ,
        ),
    },
)
READ_ACCOUNT: Final = extend_schema(
    operation_id="accounts_read",
    tags=_TAGS,
    summary="Read an account",
    description="The account and its balance, now or at any past time.",
    parameters=[_ACCOUNT_ID, *query_parameters(ReadAccount)],
    responses={
        200: _answer(AccountObject, "The account.", ACCOUNT_EXAMPLE),
        **refusals(AccountNotFound(), _WRONG_TIME, scope=Scope.LEDGER_READ),
    },
)
LIST_ENTRIES: Final = extend_schema(
    operation_id="accounts_entries",
    tags=_TAGS,
    summary="List an account's entries",
    description="The newest first, page by page; or all at once as CSV, with `Accept: text/csv` or `format=csv`. In "
    "the file an apostrophe stands before a text that a spreadsheet would take for a formula.",
    parameters=[_ACCOUNT_ID, *query_parameters(ListEntries)],
    responses={
        (200, JSON): _answer(
            EntryPage, "A page of entries.", {"data": [ENTRY_EXAMPLE], "has_more": False, "next_cursor": None}
        ),
        (200, "text/csv"): OpenApiResponse(str, description="A page of entries."),
        **refusals(AccountNotFound(), _WRONG_TIME, scope=Scope.LEDGER_READ),
    },
)
CREATE_TOP_UP: Final = extend_schema(
    operation_id="top_ups_create",
    tags=_TAGS,
    summary="Top up",
    description="Credits money that arrived for your tenant; payouts that wait for funds go on, the oldest first. Give "
    "the scope `top-ups:write` to whoever sees the money arrive only.",
    parameters=[IDEMPOTENCY_KEY, answer_header("Location", "The top-up's address.", 201), _REPLAYED],
    request=OpenApiRequest(CreateTopUp),
    responses={
        201: _answer(TopUpObject, "The top-up; a repeated request gets the one made first.", TOP_UP_EXAMPLE),
        **refusals(
            IdempotencyKeyInvalid("Send 1 to 255 visible ASCII characters as Idempotency-Key, for example a UUID."),
            IdempotencyKeyRequired("Send an Idempotency-Key header that is the same whenever you repeat this request."),
            FirstRequestRunning("Wait a second and send the same request with the same key again."),
            TopUpExists(
                "Read the top-up that carries it, or send another external_id.",
                extra={"top_up_id": TOP_UP_EXAMPLE["id"]},
            ),
            _key_reused(),
            Locked("Wait a second and send the request again."),
            scope=Scope.TOP_UPS_WRITE,
            with_body=True,
        ),
    },
)
READ_TOP_UP: Final = extend_schema(
    operation_id="top_ups_read",
    tags=_TAGS,
    summary="Read a top-up",
    description="As it was told.",
    parameters=[_TOP_UP_ID],
    responses={
        200: _answer(TopUpObject, "The top-up.", TOP_UP_EXAMPLE),
        **refusals(TopUpNotFound(), scope=Scope.LEDGER_READ),
    },
)
