"""Append events in the caller's transaction, and tell the subscribers once it has committed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from payouts_service.events.actor import current_actor
from payouts_service.events.models import Event
from payouts_service.observability.context import request_id


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
    unknown = {fact.type for fact in facts} - _subscriptions().keys()
    if unknown:
        raise UnknownEventType(f"add to subscriptions.py, if need be with no subscriber: {', '.join(sorted(unknown))}")
    actor = current_actor()
    Event.objects.bulk_create(
        Event(
            type=fact.type,
            tenant_id=fact.tenant_id,
            object_type=fact.object_type,
            object_id=fact.object_id,
            sequence=fact.sequence,
            data=fact.data,
            actor_type=actor.type,
            actor_id=actor.id,
            request_id=request_id() or "",
            occurred_at=at,
        )
        for fact in facts
    )
    by_type: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_type[fact.type].append(fact)
    for event_type, same in by_type.items():
        for subscriber in _subscriptions()[event_type]:
            transaction.on_commit(partial(subscriber, same), robust=True)


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
