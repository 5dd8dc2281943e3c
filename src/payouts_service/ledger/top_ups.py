"""Top-ups: money that arrived for a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from payouts_service.ledger.chart import Chart, Move, MoveKind
from payouts_service.ledger.entries import record
from payouts_service.ledger.models import TopUp


@dataclass(frozen=True, slots=True)
class ToppedUp:
    """One top-up, as it was told; ``amount`` in the currency's major unit."""

    id: UUID
    tenant_id: UUID
    currency: str
    amount: Decimal
    external_id: str | None
    comment: str
    created_at: datetime


def add(top_up: ToppedUp) -> None:
    """Keep it and credit ``available``; in the caller's transaction, last.

    Raises IntegrityError where another of the tenant's carries its ``external_id``.
    """
    TopUp.objects.create(**{name: getattr(top_up, name) for name in ToppedUp.__dataclass_fields__})
    record([Move(MoveKind.TOP_UP, Chart(top_up.tenant_id, top_up.currency), top_up.amount, top_up.id)])


def find(*, tenant_id: UUID, top_up_id: UUID) -> ToppedUp | None:
    """One top-up of the tenant."""
    return _told(TopUp.objects.filter(tenant_id=tenant_id, id=top_up_id).first())


def find_by_external_id(*, tenant_id: UUID, external_id: str) -> ToppedUp | None:
    """The top-up with the tenant's own id."""
    return _told(TopUp.objects.filter(tenant_id=tenant_id, external_id=external_id).first())


def _told(row: TopUp | None) -> ToppedUp | None:
    return ToppedUp(**{name: getattr(row, name) for name in ToppedUp.__dataclass_fields__}) if row else None
