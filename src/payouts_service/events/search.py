"""The search of people: a tenant's events newest first, by what they look for. Nothing waits for it, as for the feed.

A page looks at a bounded number of events, so that a rare one costs no more than a common one; ``Found.place`` says
where to go on. What happened to one object is found by the object. A time is found by the ids, which are in the order
of time: the first event of anybody's around then is the place where the walk begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from payouts_service.events.models import Event
from payouts_service.http.pages import parse_cursor, write_cursor

LOOKED_AT_MOST: Final = 2000
_SLACK: Final = timedelta(minutes=1)
"""How far clocks of processes may be apart, and how long a transaction may last, for a time to be found."""

# The text has a name of its own: ORDER BY takes a name for that of an output column first, and would sort texts.
_WALK: Final = """
SELECT position, transaction_id::text AS place, type, actor_type, actor_id, occurred_at
  FROM events_event
 WHERE tenant_id = %(tenant_id)s
   AND (transaction_id, position) < (%(transaction_id)s::xid8, %(position)s)
 ORDER BY transaction_id DESC, position DESC
 LIMIT %(most)s
"""
_OF_OBJECT: Final = """
SELECT position, transaction_id::text AS place, type, actor_type, actor_id, occurred_at
  FROM events_event
 WHERE object_id = %(object_id)s AND tenant_id = %(tenant_id)s
   AND (transaction_id, position) < (%(transaction_id)s::xid8, %(position)s)
 ORDER BY sequence DESC
 LIMIT %(most)s
"""
_BY_THEN: Final = """
SELECT transaction_id::text, position + 1 FROM events_event WHERE id < %s ORDER BY id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty or None: whatever. Times: ``since`` <= time < ``before``."""

    types: frozenset[str] = frozenset()
    actor_type: str = ""
    actor_id: str = ""
    object_id: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk has come to: everything older is still to be looked at."""

    transaction_id: int
    position: int


_NEWEST: Final = Place(2**63 - 1, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Found:
    """Events, newest first, and where to look on for more; None: there is no more."""

    events: list[Event]
    place: Place | None


def encode_place(place: Place) -> str:
    """The cursor of a place."""
    return write_cursor(str(place.transaction_id), str(place.position))


def decode_place(cursor: str) -> Place:
    """The place in a cursor of ours; raises InvalidFields naming ``cursor``."""
    return parse_cursor(cursor, _place)


def page(*, tenant_id: UUID, wanted: Wanted, after: Place | None, limit: int) -> Found:
    """At most ``limit`` of the tenant's events that are wanted, behind the place or from the newest.

    Looks at 2,000 events at most, and so may find fewer than there are, or none: ``place`` tells.
    """
    if after is None and wanted.before is not None and wanted.object_id is None:
        after = _place_at(wanted.before + _SLACK)
        if after is None:
            return Found([], None)
    looked_at = _walk(tenant_id, wanted.object_id, after or _NEWEST, most=LOOKED_AT_MOST + 1)
    positions: list[int] = []
    place = None
    for number, row in enumerate(looked_at):
        if number == LOOKED_AT_MOST or len(positions) == limit:
            earlier = looked_at[number - 1]
            place = Place(int(earlier[1]), earlier[0])
            break
        if wanted.since is not None and row[5] + _SLACK < wanted.since:
            break
        if _is_wanted(wanted, row):
            positions.append(row[0])
    return Found(list(Event.objects.filter(position__in=positions).order_by("-transaction_id", "-position")), place)


def _is_wanted(wanted: Wanted, row: tuple[Any, ...]) -> bool:
    _, _, event_type, actor_type, actor_id, occurred_at = row
    return (
        (not wanted.types or event_type in wanted.types)
        and wanted.actor_type in {"", actor_type}
        and wanted.actor_id in {"", actor_id}
        and (wanted.since is None or occurred_at >= wanted.since)
        and (wanted.before is None or occurred_at < wanted.before)
    )


def _walk(tenant_id: UUID, object_id: UUID | None, after: Place, *, most: int) -> list[tuple[Any, ...]]:
    values = {
        "tenant_id": tenant_id,
        "object_id": object_id,
        "transaction_id": str(after.transaction_id),
        "position": after.position,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WALK if object_id is None else _OF_OBJECT, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _place_at(moment: datetime) -> Place | None:
    """Behind every event until then, whoever's."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    first = UUID(int=min(milliseconds, 2**48 - 1) << 80)  # No UUIDv7 of an earlier time is above it (RFC 9562).
    with connection.cursor() as cursor:
        cursor.execute(_BY_THEN, [first])
        row = cursor.fetchone()
    return None if row is None else Place(int(row[0]), row[1])


def _place(transaction_id: Any, position: Any) -> Place:
    place = Place(int(transaction_id), int(position))
    if not (0 <= place.transaction_id <= _NEWEST.transaction_id and 0 <= place.position <= _NEWEST.position):
        raise ValueError("no such place")
    return place
