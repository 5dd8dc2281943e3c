"""Adjustments: money that is not the tenant's to pay out after all, taken from ``available`` by an operator's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from payouts_service.ledger.accounts import BalanceBelowLimit
from payouts_service.ledger.chart import SIDES, AccountKind, Chart, Move, MoveKind
from payouts_service.ledger.entries import lock, record
from payouts_service.ledger.models import Adjustment


@dataclass(frozen=True, slots=True)
class Adjusted:
    """One adjustment, as it was told; ``amount`` in the currency's major unit."""

    id: UUID
    tenant_id: UUID
    currency: str
    amount: Decimal
    external_id: str
    reason: str
    created_at: datetime


def add(adjustment: Adjusted) -> None:
    """Keep it and debit ``available``; in the caller's transaction, last.

    Raises BalanceBelowLimit, or IntegrityError where another of the tenant's carries its ``external_id``.
    """
    Adjustment.objects.create(**{name: getattr(adjustment, name) for name in Adjusted.__dataclass_fields__})
    chart, sides = Chart(adjustment.tenant_id, adjustment.currency), SIDES[MoveKind.ADJUSTMENT]
    available = lock([chart], sides.debit, sides.credit)[chart, AccountKind.AVAILABLE]
    if not available.has_room_for(adjustment.amount):
        raise BalanceBelowLimit("Raise the account's limit first: it does not let so much be taken.")
    record([Move(MoveKind.ADJUSTMENT, chart, adjustment.amount, adjustment.id)])
