"""Moves and balances, for the tests of whatever moves money."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.ledger.accounts import accounts_of, set_policy
from payouts_service.ledger.chart import Chart, Move, MoveKind
from payouts_service.ledger.entries import record
from payouts_service.ledger.top_ups import ToppedUp, add


def move(kind: MoveKind, chart: Chart, amount: int | str, subject_id: UUID | None = None) -> None:
    """One entry, in a transaction of its own."""
    with transaction.atomic():
        record([Move(kind, chart, Decimal(amount), subject_id or ids.new_id())])


def top_up(tenant_id: UUID, currency: str, amount: int | str) -> None:
    """Money arrives."""
    told = ToppedUp(
        ids.new_id(), tenant_id, currency, Decimal(amount), external_id=None, comment="", created_at=utc_now()
    )
    with transaction.atomic():
        add(told)


def limit(tenant_id: UUID, currency: str, credit: int | None, *, fails: bool = False) -> None:
    """``credit`` 0: prefunded; None: no limit."""
    with transaction.atomic():
        least = None if credit is None else Decimal(-credit)
        set_policy(Chart(tenant_id, currency), least_balance=least, fails_without_funds=fails)


def balances(tenant_id: UUID, currency: str = "EUR") -> dict[str, Decimal]:
    """Every account's balance that is not nothing."""
    found = accounts_of(tenant_id, currency=currency)
    return {str(account.kind): account.balance for account in found if account.balance}
