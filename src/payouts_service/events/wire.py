"""An event as clients see it."""

from __future__ import annotations

from typing import Any, Final

from payouts_service.events.models import Event
from payouts_service.kit import ids
from payouts_service.kit.clock import wire_time

PREFIX: Final = "evt"


def present(event: Event) -> dict[str, Any]:
    """The event on the wire; its data name the object by the id that clients know."""
    return {
        "id": ids.to_text(PREFIX, event.id),
        "object": "event",
        "type": event.type,
        "sequence": event.sequence,
        "object_type": event.object_type,
        "object_id": event.data["id"],
        "data": event.data,
        "actor": {"type": event.actor_type, "id": event.actor_id or None},
        "request_id": event.request_id or None,
        "occurred_at": wire_time(event.occurred_at),
    }
