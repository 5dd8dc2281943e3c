"""The operations of those who pause and resume, as the OpenAPI document tells them."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse, extend_schema
from pydantic import BaseModel

from payouts_service.http.openapi import refusals
from payouts_service.http.problems import Locked
from payouts_service.payouts.pausing import ConnectorNotFound
from payouts_service.payouts.pausing_wire import (
    CONNECTOR_EXAMPLE,
    TENANT_EXAMPLE,
    ConnectorList,
    ConnectorObject,
    TenantObject,
)
from payouts_service.payouts.requests import GiveReason
from payouts_service.tenants.scopes import Scope

_TAGS: Final = ["Operations"]
_NAME: Final = OpenApiParameter("name", str, OpenApiParameter.PATH, description="The connector's name.")
_LOCKED: Final = Locked("Wait a second and send the request again.")
_EVERY_TENANT: Final = " It concerns every tenant: give the scope `connectors:operate` to the operator's keys only."


def _answer(model: type[BaseModel], description: str, example: dict[str, Any]) -> OpenApiResponse:
    return OpenApiResponse(model, description=description, examples=[OpenApiExample("Example", value=example)])


LIST_CONNECTORS: Final = extend_schema(
    operation_id="connectors_list",
    tags=_TAGS,
    summary="List connectors",
    description="Every connector with its limits, what is under way, and whether it is paused or ill.",
    responses={
        200: _answer(ConnectorList, "The connectors.", {"data": [CONNECTOR_EXAMPLE]}),
        **refusals(scope=Scope.CONNECTORS_READ),
    },
)
PAUSE_CONNECTOR: Final = extend_schema(
    operation_id="connectors_pause",
    tags=_TAGS,
    summary="Pause a connector",
    description="Nothing more is sent by it; its payouts wait, `waiting_for` says `paused`. What was sent before is "
    "still asked after. A connector that is paused already stays as it is." + _EVERY_TENANT,
    parameters=[_NAME],
    request=OpenApiRequest(GiveReason),
    responses={
        200: _answer(ConnectorObject, "The connector.", CONNECTOR_EXAMPLE),
        **refusals(ConnectorNotFound(("simulator", "manual")), _LOCKED, scope=Scope.CONNECTORS_OPERATE, with_body=True),
    },
)
RESUME_CONNECTOR: Final = extend_schema(
    operation_id="connectors_resume",
    tags=_TAGS,
    summary="Resume a connector",
    description="Its payouts go on, the oldest first. A connector that is not paused stays as it is." + _EVERY_TENANT,
    parameters=[_NAME],
    request=None,
    responses={
        200: _answer(ConnectorObject, "The connector.", {**CONNECTOR_EXAMPLE, "paused": None}),
        **refusals(ConnectorNotFound(("simulator", "manual")), _LOCKED, scope=Scope.CONNECTORS_OPERATE),
    },
)
READ_TENANT: Final = extend_schema(
    operation_id="tenant_read",
    tags=_TAGS,
    summary="Read your tenant",
    description="The tenant that the key belongs to, and whether its payouts are paused.",
    responses={
        200: _answer(TenantObject, "The tenant.", TENANT_EXAMPLE),
        **refusals(scope=Scope.PAYOUTS_READ),
    },
)
PAUSE_TENANT: Final = extend_schema(
    operation_id="tenant_pause",
    tags=_TAGS,
    summary="Pause your payouts",
    description="Nothing more of your tenant's is sent; its payouts wait, `waiting_for` says `paused`. What was sent "
    "before is still asked after. New payouts are accepted and wait too.",
    request=OpenApiRequest(GiveReason),
    responses={
        200: _answer(TenantObject, "The tenant.", {**TENANT_EXAMPLE, "paused": CONNECTOR_EXAMPLE["paused"]}),
        **refusals(_LOCKED, scope=Scope.TENANT_OPERATE, with_body=True),
    },
)
RESUME_TENANT: Final = extend_schema(
    operation_id="tenant_resume",
    tags=_TAGS,
    summary="Resume your payouts",
    description="They go on, the oldest first.",
    request=None,
    responses={
        200: _answer(TenantObject, "The tenant.", TENANT_EXAMPLE),
        **refusals(_LOCKED, scope=Scope.TENANT_OPERATE),
    },
)
