"""Connectors and tenants as those who pause and resume them see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from payouts_service.kit.clock import wire_time
from payouts_service.payouts.pausing import ConnectorView


class Pause(BaseModel):
    """Who keeps payouts from being sent, since when and why."""

    at: datetime = Field(description="Since when.")
    by: str = Field(description="Who: a kind of actor and its id.")
    reason: str = Field(description="Why, for people.")


class ConnectorObject(BaseModel):
    """A connector, its switch and its health; they are the same for every tenant."""

    name: str = Field(description="As payouts name it.")
    object: Literal["connector"] = Field(description="What kind of object this is.")
    submits: bool = Field(description="Whether the service sends by it; else people pay and report.")
    paused: Pause | None = Field(description="Whether a person keeps it from sending.")
    health: Literal["ok", "ill"] = Field(
        description="`ill`: its provider did not answer many submissions in a row, and is left alone until `ill_until`."
    )
    ill_until: datetime | None = Field(description="From then on one payout at a time tries the provider.")
    in_flight: dict[str, int] = Field(description="Calls under way now, by `submit` and `inquire`.")
    max_in_flight: int = Field(description="Most calls at one time.")
    rate_limit: float | None = Field(description="Most calls a second; null: no limit.")


class ConnectorList(BaseModel):
    """Every connector that may be used."""

    data: list[ConnectorObject] = Field(description="In the order of the settings.")


class TenantObject(BaseModel):
    """The tenant that the key belongs to."""

    id: str = Field(description="Given by the service.")
    object: Literal["tenant"] = Field(description="What kind of object this is.")
    name: str = Field(description="Its name.")
    paused: Pause | None = Field(description="Whether a person keeps its payouts from being sent.")
    version: int = Field(description="Counts changes.")


CONNECTOR_EXAMPLE: dict[str, Any] = {
    "name": "simulator",
    "object": "connector",
    "submits": True,
    "paused": {"at": "2026-11-24T10:00:00.000000Z", "by": "api_key key_01kb13tc1mfg4v3x2xv5pn2a4r", "reason": "Audit"},
    "health": "ok",
    "ill_until": None,
    "in_flight": {"submit": 3},
    "max_in_flight": 64,
    "rate_limit": None,
}
TENANT_EXAMPLE: dict[str, Any] = {
    "id": "te_01kb13tc1mfg4v3x2xv5pn2a4r",
    "object": "tenant",
    "name": "Acme",
    "paused": None,
    "version": 1,
}


def present_connector(view: ConnectorView) -> dict[str, Any]:
    """The connector on the wire."""
    state = view.state
    return {
        "name": view.name,
        "object": "connector",
        "submits": view.can.submits,
        "paused": state.paused_at
        and {"at": wire_time(state.paused_at), "by": state.paused_by, "reason": state.pause_reason},
        "health": "ill" if state.ill_until else "ok",
        "ill_until": state.ill_until and wire_time(state.ill_until),
        "in_flight": {str(call): number for call, number in view.in_flight.items()},
        "max_in_flight": view.can.max_in_flight,
        "rate_limit": view.can.rate_limit,
    }
