"""An event and a page of them as the OpenAPI document describes them; ``wire.present`` makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from payouts_service.events.wire import PREFIX
from payouts_service.kit.ids import TEXT_PATTERN


class EventActor(BaseModel):
    """Who did it."""

    type: str = Field(description="`api_key`, `worker` or `system`; more may be added.")
    id: str | None = Field(description="Which one, where it has an id.")


class EventObject(BaseModel):
    """A fact about one object; it never changes."""

    id: Annotated[str, Field(pattern=f"^{PREFIX}_{TEXT_PATTERN}$")] = Field(
        description="By this you know an event that you have."
    )
    object: Literal["event"] = Field(description="What kind of object this is.")
    type: str = Field(description="What happened, for example `payout.completed`; more types may be added.")
    sequence: Annotated[int, Field(ge=1)] = Field(
        description="The version of the object after it: each version has one event, and they come in this order."
    )
    object_type: str = Field(description="What kind of object it is about, for example `payout`.")
    object_id: str = Field(description="The object's id.")
    data: dict[str, Any] = Field(description="The object as it was after it, masked as when it is read.")
    actor: EventActor = Field(description="Who did it.")
    request_id: str | None = Field(description="The `X-Request-Id` of the request that did it, where one did.")
    occurred_at: datetime = Field(description="In UTC.")


class EventPage(BaseModel):
    """A page of events, oldest first."""

    data: list[EventObject] = Field(description="The events; with `type` there may be none although more follow.")
    has_more: bool = Field(description="Whether there is more to read already.")
    next_cursor: str = Field(description="Send it as `cursor` to read on, now or later.")


EVENT_EXAMPLE: Final[dict[str, Any]] = {
    "id": "evt_01kb13xf25e8pvmbk1n6wq3zd8",
    "object": "event",
    "type": "payout.failed",
    "sequence": 2,
    "object_type": "payout",
    "object_id": "po_01kb13xf24e8pvmbk1n6wq3zd7",
    "data": {"id": "po_01kb13xf24e8pvmbk1n6wq3zd7", "object": "payout", "status": "failed", "version": 2},
    "actor": {"type": "api_key", "id": "key_01kb13tc1mfg4v3x2xv5pn2a4r"},
    "request_id": "cancel-42",
    "occurred_at": "2026-11-23T10:02:00.000000Z",
}
"""A payout was canceled; the data are shortened."""
