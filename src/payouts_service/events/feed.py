"""The feed: every event of a tenant exactly once, in an order that does not change behind its reader.

The order is ``(transaction_id, position)``. A page holds only rows below the oldest transaction that is still open
anywhere in the cluster (``pg_snapshot_xmin``): whatever commits later has a higher ``transaction_id`` and so comes
behind every place that a reader can have reached. Of one object the events come in the order of its versions
(``models.TransactionId`` says why). A transaction that stays open holds the feed back; nothing is lost by it.

A place in the feed is the event read last, and the cluster that it was read from. Both are looked at again: a database
restored from a dump is another cluster, and one restored to an earlier moment lacks the event. The timeline would not
do: it changes at every failover, also where nothing was lost, and PostgreSQL shows the old one until the first
checkpoint after a promotion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from payouts_service.events.models import Event
from payouts_service.http.pages import parse_cursor, write_cursor
from payouts_service.kit.errors import ServiceError

SCANNED_AT_MOST: Final = 1000
"""Events that one page by type looks at, so that a rare type costs no more than a common one."""

_DATABASE: Final = """
SELECT (SELECT system_identifier FROM pg_control_system()),
       EXISTS (SELECT FROM events_event
                WHERE tenant_id = %s AND transaction_id >= pg_snapshot_xmax(pg_current_snapshot()))
"""
_WALK: Final = """
SELECT position, id, type
  FROM events_event
 WHERE tenant_id = %(tenant_id)s
   AND (transaction_id, position) > (%(transaction_id)s::xid8, %(position)s)
   AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
 ORDER BY transaction_id, position
 LIMIT %(most)s
"""


class CursorGone(ServiceError):
    """The database was restored since this cursor was read, and lacks the place in the feed that it names (410)."""

    status = 410
    code = "cursor-gone"
    title = "The feed no longer has the place of this cursor"


class EventsOutOfOrder(ServiceError):
    """The database was restored from a dump, and its events are not in order yet (503); an operator must act."""

    status = 503
    code = "events-out-of-order"
    title = "The feed waits for the end of a restore"
    retryable = True
    retry_after_seconds = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Behind this event, or before the first one, as read from the cluster with this system identifier."""

    cluster: int
    event_id: UUID | None


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the feed's order, the place behind them, and whether there is more to read there already."""

    events: list[Event]
    place: Place
    has_more: bool


def encode_place(place: Place) -> str:
    """The cursor of a place."""
    return write_cursor(str(place.cluster), "" if place.event_id is None else place.event_id.hex)


def decode_place(cursor: str) -> Place:
    """The place in a cursor of ours; raises InvalidFields naming ``cursor``."""
    return parse_cursor(cursor, _place)


def _place(cluster: Any, event_id: Any) -> Place:
    return Place(int(cluster), UUID(hex=event_id) if event_id != "" else None)


def page(*, tenant_id: UUID, after: Place | None, types: frozenset[str], limit: int) -> Page:
    """At most ``limit`` events of these types, of every type where none is named, behind the place or from the first.

    With types it looks at 1,000 events at most, and so may find fewer than there are, or none: ``has_more`` tells.
    Raises CursorGone and EventsOutOfOrder.
    """
    cluster = _cluster(tenant_id)
    behind = _behind(after, tenant_id=tenant_id, cluster=cluster)
    window = SCANNED_AT_MOST if types else limit
    scanned = _walk(tenant_id, behind, most=window + 1)
    wanted = [number for number, row in enumerate(scanned[:window]) if not types or row[2] in types]
    # The page ends behind its last event, or behind all that was looked at where that is not enough to fill it.
    end = wanted[limit - 1] + 1 if len(wanted) >= limit else min(window, len(scanned))
    found = [scanned[number][0] for number in wanted[:limit]]
    reached = scanned[end - 1][1] if end else after.event_id if after else None
    return Page(
        events=list(Event.objects.filter(position__in=found).order_by("transaction_id", "position")),
        place=Place(cluster, reached),
        has_more=end < len(scanned),
    )


def history(*, tenant_id: UUID, object_id: UUID, after: int = 0, limit: int) -> list[Event]:
    """At most ``limit`` events of one object of the tenant's, first to last, from the version behind ``after`` on."""
    rows = Event.objects.filter(object_id=object_id, sequence__gt=after, tenant_id=tenant_id)
    return list(rows.order_by("sequence")[:limit])


def _cluster(tenant_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE, [tenant_id])
        row: tuple[int, bool] = cursor.fetchone()
    cluster, from_the_future = row
    if from_the_future:
        # No transaction of this cluster wrote them: every one that can be seen is older than the next to begin.
        raise EventsOutOfOrder("Ask the operator to number the restored events anew, as the runbook says.")
    return cluster


def _behind(place: Place | None, *, tenant_id: UUID, cluster: int) -> tuple[int, int]:
    if place is not None and place.cluster != cluster:
        raise _cursor_gone()
    if place is None or place.event_id is None:
        return 0, 0
    found = Event.objects.filter(tenant_id=tenant_id, id=place.event_id).values_list("transaction_id", "position")
    row = found.first()
    if row is None:
        raise _cursor_gone()
    return row


def _cursor_gone() -> CursorGone:
    return CursorGone(
        "Read the feed from its beginning, without a cursor, and pass over the events you have by their id."
    )


def _walk(tenant_id: UUID, behind: tuple[int, int], *, most: int) -> list[tuple[int, UUID, str]]:
    values: dict[str, Any] = {
        "tenant_id": tenant_id,
        "transaction_id": str(behind[0]),
        "position": behind[1],
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WALK, values)
        rows: list[tuple[int, UUID, str]] = cursor.fetchall()
    return rows
