"""The events of one payout, as a reader of its history sees them."""

from __future__ import annotations

from payouts_service.events.models import Event
from payouts_service.kit import ids


def events_of(payout_id: str) -> list[Event]:
    """Every event of the payout, in order."""
    object_id = ids.from_text("po", payout_id)
    assert object_id is not None
    return list(Event.objects.filter(object_id=object_id).order_by("sequence"))


def history(payout_id: str) -> list[str]:
    """The types of its events, in order, after a check that each version has exactly one."""
    events = events_of(payout_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.data["version"] for event in events] == [event.sequence for event in events]
    return [event.type for event in events]
