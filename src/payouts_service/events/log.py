"""Append events in the caller's transaction, and tell the subscribers once it has committed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from payouts_service.database.prepared import as_json, run
from payouts_service.events.actor import current_actor
from payouts_service.events.models import LATER_OF_OWN_AND_LAST_ENDED, Event
from payouts_service.kit import ids
from payouts_service.observability.context import request_id

# One text that PostgreSQL takes apart: rows of the ORM cost eight times as much (27 against 226 µs an event).
_APPEND: Final = f"""
INSERT INTO events_event (id, transaction_id, tenant_id, type, object_type, object_id, sequence, data,
                          actor_type, actor_id, request_id, occurred_at)
SELECT f.id, (SELECT {LATER_OF_OWN_AND_LAST_ENDED}), f.tenant_id, f.type, f.object_type, f.object_id, f.sequence,
       f.data, %(actor_type)s::text, %(actor_id)s::text, %(request_id)s::text, %(at)s::timestamptz
  FROM jsonb_to_recordset(%(facts)s::jsonb) AS f (
       id uuid, tenant_id uuid, type text, object_type text, object_id uuid, sequence int, data jsonb)
"""  # noqa: S608 - no value stands in it.
FACT_COLUMNS: Final = """event_id uuid, event_tenant_id uuid, event_type text, event_object_type text,
       event_object_id uuid, event_sequence int, event_data jsonb, event_actor_type text, event_actor_id text,
       event_request_id text"""
"""What ``values_of`` a fact are, as columns of a recordset."""
APPEND_EACH: Final = f"""
INSERT INTO events_event (id, transaction_id, tenant_id, type, object_type, object_id, sequence, data, actor_type,
       actor_id, request_id, occurred_at)
SELECT event_id, {LATER_OF_OWN_AND_LAST_ENDED}, event_tenant_id, event_type, event_object_type, event_object_id,
       event_sequence, event_data || {{more}}, event_actor_type, event_actor_id, event_request_id, {{at}}
  FROM {{rows}}
"""  # noqa: S608 - the program's own text.
"""Writes the first facts about objects in the statement that makes these; each row has ``FACT_COLUMNS``, a moment, and
``more`` data that only this statement knows. ``tell`` of the facts afterwards."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened to one object; ``data`` is the object on the wire, masked."""

    type: str
    tenant_id: UUID
    object_type: str
    object_id: UUID
    sequence: int
    data: dict[str, Any]


Subscriber = Callable[[Sequence[Fact]], None]


class UnknownEventType(Exception):
    """The table of subscriptions lacks a type, so nobody could ask the feed for it. A fault of ours."""


def append(facts: Sequence[Fact], *, at: datetime) -> None:
    """Write the facts; after the commit each subscriber of their types is called once, with all of its facts.

    Must run inside the transaction that makes the facts true, after it holds the locks of their objects. A subscriber's
    failure is logged by Django and reaches neither the caller nor the other subscribers, because the facts are already
    true. Raises UnknownEventType for a type that the table of subscriptions lacks.
    """
    _check_known(facts)
    if facts:
        _write(facts, at=at)
    tell(facts)


def values_of(fact: Fact) -> dict[str, Any]:
    """What ``APPEND_EACH`` writes of a fact, by column. Raises UnknownEventType."""
    _check_known([fact])
    actor = current_actor()
    return {
        "event_id": ids.new_id(),
        "event_tenant_id": fact.tenant_id,
        "event_type": fact.type,
        "event_object_type": fact.object_type,
        "event_object_id": fact.object_id,
        "event_sequence": fact.sequence,
        "event_data": fact.data,
        "event_actor_type": actor.type,
        "event_actor_id": actor.id,
        "event_request_id": request_id() or "",
    }


def tell(facts: Sequence[Fact]) -> None:
    """Call the subscribers once the facts are committed, which may be now."""
    by_type: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_type[fact.type].append(fact)
    for event_type, same in by_type.items():
        for subscriber in _subscriptions()[event_type]:
            transaction.on_commit(_call(subscriber, same), robust=True)


def _call(subscriber: Subscriber, facts: Sequence[Fact]) -> Callable[[], None]:
    def call() -> None:
        subscriber(facts)

    call.__qualname__ = subscriber.__qualname__  # Django names in the log what failed.
    return call


def _check_known(facts: Sequence[Fact]) -> None:
    unknown = {fact.type for fact in facts} - _subscriptions().keys()
    if unknown:
        raise UnknownEventType(f"add to subscriptions.py, if need be with no subscriber: {', '.join(sorted(unknown))}")


def _write(facts: Sequence[Fact], *, at: datetime) -> None:
    actor = current_actor()
    rows = [
        {
            "id": ids.new_id(),
            "tenant_id": fact.tenant_id,
            "type": fact.type,
            "object_type": fact.object_type,
            "object_id": fact.object_id,
            "sequence": fact.sequence,
            "data": fact.data,
        }
        for fact in facts
    ]
    run(
        _APPEND,
        {
            "actor_type": actor.type,
            "actor_id": actor.id,
            "request_id": request_id() or "",
            "at": at,
            "facts": as_json(rows),
        },
    )


def has_happened(event_type: str, object_id: UUID) -> bool:
    """Whether an event of this type tells of the object."""
    return Event.objects.filter(object_id=object_id, type=event_type).exists()


def known_types() -> list[str]:
    """Every type of event there is, sorted."""
    return sorted(_subscriptions())


@cache
def _subscriptions() -> Mapping[str, Sequence[Subscriber]]:
    table: Mapping[str, Sequence[Subscriber]] = import_string(settings.EVENT_SUBSCRIPTIONS)
    return table
