"""The operations on keys as the OpenAPI document tells them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse, extend_schema
from pydantic import BaseModel

from payouts_service.http.openapi import answer_header, query_parameters, refusals
from payouts_service.http.problems import Locked
from payouts_service.idempotency.keys import FirstRequestRunning, IdempotencyKeyInvalid, IdempotencyKeyReused
from payouts_service.kit.errors import FieldError, InvalidFields
from payouts_service.tenants.queries import KeyNotFound
from payouts_service.tenants.requests import CreateKey, ListKeys, RotateKey
from payouts_service.tenants.responses import ID_PATTERN, KEY_EXAMPLE, KeyObject, KeyPage, KeySecretObject
from payouts_service.tenants.scopes import Scope
from payouts_service.tenants.services import ExceedsOwnKey, KeyEnded

_TAGS: Final = ["Keys"]
_ID: Final = OpenApiParameter(
    "id", {"type": "string", "pattern": ID_PATTERN}, OpenApiParameter.PATH, description="The key's id."
)
_IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": '^([!-~]{1,255}|"[!-~]{1,255}")$'},
    OpenApiParameter.HEADER,
    description="The same whenever you repeat the request: it makes one key, whose secret is in the first answer only.",
)
_REPLAYED: Final = OpenApiParameter(
    "Idempotent-Replayed",
    {"type": "string", "const": "true"},
    OpenApiParameter.HEADER,
    response=[201],
    description="An earlier request with the same Idempotency-Key made this key; `secret` is null.",
)
_LOCKED: Final = Locked("Wait a second and send the request again.")
_BEYOND: Final = ExceedsOwnKey(
    "Use a key that has these scopes itself: payouts:write.", extra={"scopes": ["payouts:write"]}
)
_WITH_SECRET: Final = {**KEY_EXAMPLE, "secret": "psk_0123456789abcdef_…"}


def _key_reused() -> IdempotencyKeyReused:
    refusal = IdempotencyKeyReused(UUID(int=0))
    refusal.extra["key_id"] = KEY_EXAMPLE["id"]  # As ``create_key`` names the first key.
    return refusal


def _answer(model: type[BaseModel], description: str, example: dict[str, Any]) -> OpenApiResponse:
    return OpenApiResponse(model, description=description, examples=[OpenApiExample("Example", value=example)])


LIST: Final = extend_schema(
    operation_id="keys_list",
    tags=_TAGS,
    summary="List API keys",
    description="The keys of your tenant, the newest first, page by page; revoked and expired ones are among them.",
    parameters=query_parameters(ListKeys),
    responses={
        200: _answer(KeyPage, "A page of keys.", {"data": [KEY_EXAMPLE], "has_more": False, "next_cursor": None}),
        **refusals(
            InvalidFields(FieldError("limit", "less-than-equal", "Input should be less than or equal to 200.")),
            scope=Scope.KEYS_READ,
        ),
    },
)
CREATE: Final = extend_schema(
    operation_id="keys_create",
    tags=_TAGS,
    summary="Create an API key",
    description="The secret is in this answer and nowhere else. A key hands on no more than it may do itself: no scope "
    "that it lacks, and no later expiry.",
    parameters=[
        _IDEMPOTENCY_KEY,
        answer_header("Location", "The key's address.", 201),
        _REPLAYED,
    ],
    request=OpenApiRequest(CreateKey),
    responses={
        201: _answer(KeySecretObject, "The key with its secret.", _WITH_SECRET),
        **refusals(
            _BEYOND,
            IdempotencyKeyInvalid("Send 1 to 255 visible ASCII characters as Idempotency-Key, for example a UUID."),
            FirstRequestRunning("Wait a second and send the same request with the same key again."),
            _key_reused(),
            scope=Scope.KEYS_WRITE,
            with_body=True,
        ),
    },
)
READ: Final = extend_schema(
    operation_id="keys_read",
    tags=_TAGS,
    summary="Read an API key",
    description="The key as it is now, without its secret.",
    parameters=[_ID],
    responses={
        200: _answer(KeyObject, "The key.", KEY_EXAMPLE),
        **refusals(KeyNotFound(), scope=Scope.KEYS_READ),
    },
)
ROTATE: Final = extend_schema(
    operation_id="keys_rotate",
    tags=_TAGS,
    summary="Rotate an API key",
    description="Gives the key a new secret, shown in this answer and nowhere else. The secret until now stays valid "
    "for `overlap_seconds`: a day where you do not say, at most 30 days, with 0 not at all. If the answer was lost, "
    "rotate again: an earlier secret keeps the end it has, unless the new one is sooner.",
    parameters=[_ID],
    request=OpenApiRequest(RotateKey),
    responses={
        200: _answer(KeySecretObject, "The key with its new secret.", {**_WITH_SECRET, "version": 2}),
        **refusals(
            KeyNotFound(),
            KeyEnded("Make a new key instead."),
            _BEYOND,
            _LOCKED,
            scope=Scope.KEYS_WRITE,
            with_body=True,
        ),
    },
)
REVOKE: Final = extend_schema(
    operation_id="keys_revoke",
    tags=_TAGS,
    summary="Revoke an API key",
    description="Ends the key with all its secrets at once and for good, also the one that you use. A key already "
    "revoked stays as it is.",
    parameters=[_ID],
    request=None,
    responses={
        200: _answer(
            KeyObject,
            "The key.",
            {**KEY_EXAMPLE, "status": "revoked", "version": 2, "revoked_at": "2026-11-23T11:00:00.000000Z"},
        ),
        **refusals(KeyNotFound(), _LOCKED, scope=Scope.KEYS_WRITE),
    },
)
