"""The questions about payouts, within one tenant but for the one that an operator asks by id. No writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from payouts_service.database.prepared import fetch
from payouts_service.http.pages import Position
from payouts_service.idempotency.keys import find_object
from payouts_service.kit import ids
from payouts_service.payouts.holds import HOLDS_OF_ONE, Holds, read as read_holds
from payouts_service.payouts.models import Exchange, Payout, PayoutAttempt
from payouts_service.payouts.wire import PREFIX

_NEWEST: Final = ("-created_at", "-id")
# The model's own columns and readers, so that a row is what the ORM would make of it, without its making of SQL.
_FIELDS: Final = Payout._meta.concrete_fields  # noqa: SLF001 - Django's documented door to a model's fields.
_NAMES: Final = [each.attname for each in _FIELDS]
_READERS: Final = [getattr(each, "from_db_value", None) for each in _FIELDS]
_LOOK_AT: Final = f"""
SELECT {", ".join(f"payouts_payout.{each.column}" for each in _FIELDS)}, held_back.*
  FROM payouts_payout LEFT JOIN ({HOLDS_OF_ONE}) AS held_back ON true
 WHERE tenant_id = %(tenant_id)s::uuid AND id = %(payout_id)s::uuid
"""  # noqa: S608 - the program's own text.
CREATE_OPERATION: Final = "payouts.create"
LOOKED_AT_MOST: Final = 20_000
"""Payouts that one page for people looks at, so that what is rare costs no more than what is common."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None means any."""

    statuses: frozenset[str] = field(default_factory=frozenset)
    external_id: str | None = None
    recipient_index: bytes | None = None
    idempotency_key: str | None = None
    connector: str | None = None
    currency: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    where: Q | None = None
    """What more must hold, as ``needs`` says it; it names statuses of its own."""


def database_now() -> datetime:
    """PostgreSQL's clock, which decides when something is due."""
    moment: datetime = fetch("SELECT clock_timestamp()", {})[0][0]
    return moment


def is_any(waiting: QuerySet[Any], *order: str) -> bool:
    """Whether there is one, asked in the order of the index that has them.

    Without an order, and where many wait, PostgreSQL walks the table for the first that fits, and those that wait are
    at its end, behind all that is finished.
    """
    return bool(waiting.order_by(*order).values_list("id", flat=True)[:1])


def of_tenant(tenant_id: UUID) -> QuerySet[Payout]:
    """All payouts of one tenant: the start of every other question."""
    return Payout.objects.filter(tenant_id=tenant_id)


def look_at(*, tenant_id: UUID, payout_id: UUID) -> tuple[Payout, Holds] | None:
    """One payout of the tenant and what holds back the tenant's payouts now, in one statement."""
    rows = fetch(_LOOK_AT, {"tenant_id": tenant_id, "payout_id": payout_id})
    if not rows:
        return None
    fields = len(_FIELDS)
    values = [
        read(value, None, connection) if read else value for read, value in zip(_READERS, rows[0][:fields], strict=True)
    ]
    return Payout.from_db(DEFAULT_DB_ALIAS, _NAMES, values), read_holds(row[fields:] for row in rows)


def find_any(text: str) -> Payout | None:
    """The payout with this id on the wire, whoever's it is, for those who operate."""
    payout_id = ids.from_text(PREFIX, text)
    return Payout.objects.filter(id=payout_id).first() if payout_id else None


def attempts_of(payout: Payout) -> list[PayoutAttempt]:
    """The payout's attempts in their order, with what each call brought and the decisions about them.

    Decisions are looked up, not joined: where statistics are missing or old, PostgreSQL walks all of them for a join.
    """
    rows = PayoutAttempt.objects.filter(payout=payout).order_by("number")
    return list(rows.prefetch_related("decision", Prefetch("exchanges", Exchange.objects.order_by("id"))))


def find_by_external_id(*, tenant_id: UUID, external_id: str) -> Payout | None:
    """The payout with the tenant's own id."""
    return of_tenant(tenant_id).filter(external_id=external_id).first()


def known_by(*, tenant_id: UUID, text: str, payout_id: UUID | None, limit: int) -> list[Payout]:
    """The tenant's payouts of this id, external_id, reference or provider's reference, newest first."""
    by_reference = Q(reference=text) | Q(provider_reference=text)
    sent = PayoutAttempt.objects.filter(by_reference, payout__tenant_id=tenant_id).order_by()
    payout_ids = {payout_id, *sent.values_list("payout_id", flat=True)[:limit]} - {None}
    rows = of_tenant(tenant_id).filter(Q(id__in=payout_ids) | Q(external_id=text))
    return list(rows.order_by(*_NEWEST)[:limit])


def page(
    *, tenant_id: UUID, filters: Filters, after: Position | None, limit: int, look_at: int | None = None
) -> tuple[list[Payout], Position | None]:
    """At most ``limit`` payouts after the position, newest first, and the position of the next page if there is one.

    With ``look_at`` it passes over no more payouts of other connectors and currencies than that, and so may find fewer
    than there are, or none: the position tells.
    """
    rows = _narrowed(of_tenant(tenant_id), filters, tenant_id=tenant_id)
    if after is not None:
        # The row comparison of SQL in a form that the ORM can say and the index can use.
        older = Q(created_at__lt=after.created_at) | Q(created_at=after.created_at, id__lt=after.id)
        rows = rows.filter(older, created_at__lte=after.created_at)
    rows, following = _picked(rows, filters, look_at)
    from_the_top = after is None and filters.created_before is None
    found = _newest(rows, filters.statuses, limit + 1, from_the_top=from_the_top)
    if len(found) > limit:
        found = found[:limit]
        following = Position(found[-1].created_at, found[-1].id)
    prefetch_related_objects([payout for payout in found if payout.returned_amount], "returns")
    return found, following


def _picked(rows: QuerySet[Payout], filters: Filters, look_at: int | None) -> tuple[QuerySet[Payout], Position | None]:
    """Those of connector and currency, which no index has, among the newest ``look_at``, and the last of these."""
    wanted = {"connector": filters.connector, "currency": filters.currency}
    picked = {name: value for name, value in wanted.items() if value is not None}
    place = None
    if picked and look_at is not None:
        walked = rows.order_by(*_NEWEST).values_list("created_at", "id")
        place = next((Position(*row) for row in walked[look_at - 1 : look_at]), None)
    if place is not None:
        rows = rows.filter(Q(created_at__gt=place.created_at) | Q(created_at=place.created_at, id__gte=place.id))
        rows = rows.filter(created_at__gte=place.created_at)
    return rows.filter(**picked), place


def _narrowed(rows: QuerySet[Payout], filters: Filters, *, tenant_id: UUID) -> QuerySet[Payout]:
    if filters.external_id is not None:
        rows = rows.filter(external_id=filters.external_id)
    if filters.recipient_index is not None:
        rows = rows.filter(recipient_index=filters.recipient_index)
    if filters.idempotency_key is not None:
        made = find_object(tenant_id=tenant_id, operation=CREATE_OPERATION, key=filters.idempotency_key)
        rows = rows.filter(id=made) if made is not None else rows.none()
    if filters.created_from is not None:
        rows = rows.filter(created_at__gte=filters.created_from)
    if filters.created_before is not None:
        rows = rows.filter(created_at__lt=filters.created_before)
    return rows if filters.where is None else rows.filter(filters.where)


def _newest(rows: QuerySet[Payout], statuses: frozenset[str], most: int, *, from_the_top: bool) -> list[Payout]:
    if len(statuses) < 2:  # noqa: PLR2004 - None or one: a single index serves the order.
        for status in statuses:
            return list(_walk(rows, status, from_the_top=from_the_top)[:most])
        return list(rows.order_by(*_NEWEST)[:most])
    if rows.query.is_empty():
        return []  # The ORM gives no union of what it knows to be empty.
    # One short walk of the index for each status, merged: no sort of all the rows in them.
    walks = [_walk(rows, status, from_the_top=from_the_top)[:most] for status in sorted(statuses)]
    return list(walks[0].union(*walks[1:], all=True).order_by(*_NEWEST)[:most])


def _walk(rows: QuerySet[Payout], status: str, *, from_the_top: bool) -> QuerySet[Payout]:
    """Those in this status, the newest first.

    A backlog stands at the top. Where most payouts are in the status, PostgreSQL, which does not know that, would look
    for them in the index of all; so there the order is one that only the index by status has.
    """
    if from_the_top:
        return rows.filter(status__gte=status, status__lte=status).order_by("status", *_NEWEST)
    return rows.filter(status=status).order_by(*_NEWEST)
