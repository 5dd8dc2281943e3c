"""Accounts as others see them: their state, their balance at a past time, their entries, their policy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Func, Q, QuerySet

from payouts_service.database.prepared import fetch
from payouts_service.kit.errors import ServiceError
from payouts_service.ledger.chart import AccountKind, Chart, MoveKind
from payouts_service.ledger.entries import lock
from payouts_service.ledger.models import Account, Entry

_LIMITED: Final = """
SELECT tenant_id, currency, balance - least_balance
  FROM ledger_account
  JOIN unnest(%(tenants)s::uuid[], %(currencies)s::text[]) AS c (tenant_id, currency) USING (tenant_id, currency)
 WHERE kind = 'available' AND least_balance IS NOT NULL
"""


class BalanceBelowLimit(ServiceError):
    """The account is, or would be, further down than its policy allows (409)."""

    status = 409
    code = "balance-below-limit"
    title = "The balance would be below the limit"


@dataclass(frozen=True, slots=True)
class AccountState:
    """One account as it is; ``least_balance`` None: no limit. Amounts in the currency's major unit."""

    id: UUID
    tenant_id: UUID
    currency: str
    kind: AccountKind
    balance: Decimal
    least_balance: Decimal | None
    fails_without_funds: bool
    version: int


@dataclass(frozen=True, slots=True)
class EntryOfAccount:
    """One entry as its account sees it: ``amount`` is positive for a credit, negative for a debit."""

    id: int
    kind: MoveKind
    amount: Decimal
    balance: Decimal
    other_account_id: UUID
    subject_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EntryOfSubject:
    """One entry as what it was for sees it: a positive ``amount`` went from one account to another."""

    kind: MoveKind
    amount: Decimal
    debit: AccountKind
    credit: AccountKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """The last entry of a page."""

    at: datetime
    id: int


def accounts_of(tenant_id: UUID, *, currency: str | None = None) -> list[AccountState]:
    """The tenant's accounts by currency, in the order of the chart."""
    rows = Account.objects.filter(tenant_id=tenant_id)
    if currency is not None:
        rows = rows.filter(currency=currency)
    order = list(AccountKind)
    return sorted(map(_state, rows), key=lambda account: (account.currency, order.index(account.kind)))


def find(*, tenant_id: UUID, account_id: UUID) -> AccountState | None:
    """One account of the tenant."""
    row = Account.objects.filter(tenant_id=tenant_id, id=account_id).first()
    return _state(row) if row else None


def room_of(charts: Collection[Chart]) -> dict[Chart, Decimal]:
    """How much may still be taken from ``available``, of those charts where that is limited; read without a lock."""
    wanted = {"tenants": [chart.tenant_id for chart in charts], "currencies": [chart.currency for chart in charts]}
    return {Chart(tenant_id, currency): room for tenant_id, currency, room in fetch(_LIMITED, wanted)}


def has_moved(kind: MoveKind, *, tenant_id: UUID, subject_id: UUID) -> bool:
    """Whether money has moved this way for the subject."""
    return Entry.objects.filter(tenant_id=tenant_id, subject_id=subject_id, kind=kind).exists()


def balance_at(account_id: UUID, at: datetime) -> Decimal:
    """The account's balance at a past time, from its last entry until then."""
    sides = (Entry.objects.filter(debit_id=account_id), Entry.objects.filter(credit_id=account_id))
    last = [_newest(side.filter(at__lte=at)).first() for side in sides]
    found = max((entry for entry in last if entry), key=lambda entry: (entry.at, entry.id), default=None)
    return Decimal(0) if found is None else _of_account(found, account_id).balance


def entries_of(
    account_id: UUID, *, after: Place | None, limit: int, since: datetime | None = None, before: datetime | None = None
) -> list[EntryOfAccount]:
    """At most ``limit`` entries of the account behind the place, newest first; ``since`` <= time < ``before``."""
    wanted = Q()
    if after is not None:
        wanted &= Q(at__lte=after.at) & (Q(at__lt=after.at) | Q(id__lt=after.id))
    if since is not None:
        wanted &= Q(at__gte=since)
    if before is not None:
        wanted &= Q(at__lt=before)
    # One short walk of each side's index, merged.
    sides = (Entry.objects.filter(wanted, debit_id=account_id), Entry.objects.filter(wanted, credit_id=account_id))
    found = [entry for side in sides for entry in _newest(side)[:limit]]
    found.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
    return [_of_account(entry, account_id) for entry in found[:limit]]


def entries_about(tenant_id: UUID, subject_ids: Collection[UUID]) -> list[EntryOfSubject]:
    """Every entry of the tenant's for one of these subjects, first to last; a subject has a few at most."""
    rows = Entry.objects.filter(subject_id__in=subject_ids, tenant_id=tenant_id).select_related("debit", "credit")
    return [
        EntryOfSubject(
            kind=MoveKind(entry.kind),
            amount=entry.amount,
            debit=AccountKind(entry.debit.kind),
            credit=AccountKind(entry.credit.kind),
            at=entry.at,
        )
        for entry in rows.order_by("at", "id")
    ]


def set_policy(chart: Chart, *, least_balance: Decimal | None, fails_without_funds: bool) -> tuple[AccountState, bool]:
    """Limit what may be taken from ``available``, or lift the limit; the account, and whether that changed anything.

    In the caller's transaction. Raises BalanceBelowLimit.
    """
    locked = lock([chart], AccountKind.AVAILABLE)[chart, AccountKind.AVAILABLE]
    if least_balance is not None and locked.balance < least_balance:
        raise BalanceBelowLimit("Top the account up first: its balance is below the limit that you want to set.")
    wanted = (least_balance, fails_without_funds)
    changed = wanted != (locked.least_balance, locked.fails_without_funds)
    row = Account.objects.get(id=locked.id)
    if changed:
        if row.least_balance != least_balance:
            row.limited_since = Func(function="clock_timestamp")  # Under the lock: all entries before it are older.
        row.least_balance, row.fails_without_funds = wanted
        row.version += 1
        row.save(update_fields=["least_balance", "fails_without_funds", "limited_since", "version"])
    return _state(row), changed


def _newest(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    return rows.order_by("-at", "-id")


def _of_account(entry: Entry, account_id: UUID) -> EntryOfAccount:
    debited = entry.debit_id == account_id
    return EntryOfAccount(
        id=entry.id,
        kind=MoveKind(entry.kind),
        amount=-entry.amount if debited else entry.amount,
        balance=entry.debit_balance if debited else entry.credit_balance,
        other_account_id=entry.credit_id if debited else entry.debit_id,
        subject_id=entry.subject_id,
        at=entry.at,
    )


def _state(row: Account) -> AccountState:
    return AccountState(
        id=row.id,
        tenant_id=row.tenant_id,
        currency=row.currency,
        kind=AccountKind(row.kind),
        balance=row.balance,
        least_balance=row.least_balance,
        fails_without_funds=row.fails_without_funds,
        version=row.version,
    )
