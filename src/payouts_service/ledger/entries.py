"""Write entries and move balances: the only code that does, set by set, under the accounts' locks.

A transaction calls ``record`` once, with all of its moves, and afterwards locks the days' counts of limits at most, as
the one order of locks has it; so whoever waits here holds no account that another waits for. ``lock`` may come before
it where a decision needs the balance, and must then name every chart that ``record`` will.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from payouts_service.database.prepared import as_json, fetch, run
from payouts_service.kit import ids
from payouts_service.ledger.chart import NEVER_NEGATIVE, SIDES, AccountKind, Chart, Move

# Locks nothing while an account is missing: to make one may mean to wait for another transaction that makes it too.
_LOCK: Final = """
WITH wanted AS (
     SELECT a.id FROM ledger_account a
       JOIN unnest(%(tenants)s::uuid[], %(currencies)s::text[], %(kinds)s::text[]) AS w (tenant_id, currency, kind)
      USING (tenant_id, currency, kind))
SELECT a.id, a.tenant_id, a.currency, a.kind, a.balance, a.least_balance, a.fails_without_funds
  FROM ledger_account a
 WHERE (SELECT count(*) FROM wanted) = %(number)s::int AND a.id = ANY (ARRAY(SELECT id FROM wanted))
 ORDER BY a.id FOR NO KEY UPDATE
"""
_OPEN: Final = """
INSERT INTO ledger_account (id, tenant_id, currency, kind, balance, least_balance, fails_without_funds, version)
SELECT a.id, a.tenant_id, a.currency, a.kind, 0, CASE WHEN a.kind = ANY (%(never_negative)s) THEN 0 END, false, 1
  FROM unnest(%(ids)s::uuid[], %(tenants)s::uuid[], %(currencies)s::text[], %(kinds)s::text[])
       AS a (id, tenant_id, currency, kind)
 ORDER BY a.tenant_id, a.currency, a.kind
    ON CONFLICT (tenant_id, currency, kind) DO NOTHING
"""
_RECORD: Final = """
WITH moved AS (
     UPDATE ledger_account AS a SET balance = a.balance + d.change
       FROM jsonb_to_recordset(%(changes)s::jsonb) AS d (id uuid, change numeric) WHERE a.id = d.id)
INSERT INTO ledger_entry (tenant_id, currency, kind, debit_id, credit_id, amount, debit_balance, credit_balance,
                          subject_id, at)
SELECT e.*, (SELECT clock_timestamp())
  FROM jsonb_to_recordset(%(entries)s::jsonb) AS e (
       tenant_id uuid, currency text, kind text, debit_id uuid, credit_id uuid, amount numeric, debit_balance numeric,
       credit_balance numeric, subject_id uuid)
"""
Address = tuple[Chart, AccountKind]


@dataclass(slots=True)
class LockedAccount:
    """An account whose row is locked; ``least_balance`` None: it may fall as low as it will."""

    id: UUID
    balance: Decimal
    least_balance: Decimal | None
    fails_without_funds: bool

    def has_room_for(self, amount: Decimal) -> bool:
        """Whether the amount may be taken from it."""
        return self.least_balance is None or self.balance - amount >= self.least_balance


def record(moves: Sequence[Move]) -> None:
    """Write one entry for each move and change each account once; in the caller's transaction, after its rows.

    Raises IntegrityError where an account would fall below its limit, or where a subject has moved this way already.
    """
    if not moves:
        return
    accounts = _lock(
        {(move.chart, kind) for move in moves for kind in (SIDES[move.kind].debit, SIDES[move.kind].credit)}
    )
    before = {account.id: account.balance for account in accounts.values()}
    entries = []
    for move in moves:
        debit, credit = accounts[move.chart, SIDES[move.kind].debit], accounts[move.chart, SIDES[move.kind].credit]
        debit.balance -= move.amount
        credit.balance += move.amount
        entries.append(_entry(move, debit, credit))
    changes = [{"id": account.id, "change": account.balance - before[account.id]} for account in accounts.values()]
    run(_RECORD, {"changes": as_json(changes), "entries": as_json(entries)})


def _entry(move: Move, debit: LockedAccount, credit: LockedAccount) -> dict[str, object]:
    """The row of a move that both balances follow already."""
    return {
        "tenant_id": move.chart.tenant_id,
        "currency": move.chart.currency,
        "kind": move.kind,
        "debit_id": debit.id,
        "credit_id": credit.id,
        "amount": move.amount,
        "debit_balance": debit.balance,
        "credit_balance": credit.balance,
        "subject_id": move.subject_id,
    }


def lock(charts: Collection[Chart], *kinds: AccountKind) -> dict[Address, LockedAccount]:
    """These accounts of these charts, locked in the order of their ids to the end of the caller's transaction.

    A chart that is used for the first time is made.
    """
    return _lock({(chart, kind) for chart in charts for kind in kinds})


def _lock(addresses: Collection[Address]) -> dict[Address, LockedAccount]:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("accounts are locked inside a transaction")
    found = _try_to_lock(addresses)
    if len(found) < len(addresses):
        _open({chart for chart, _ in addresses})
        found = _try_to_lock(addresses)
    return found


def _try_to_lock(addresses: Collection[Address]) -> dict[Address, LockedAccount]:
    """All of them, or none where one is missing."""
    rows = fetch(
        _LOCK,
        {
            "tenants": [chart.tenant_id for chart, _ in addresses],
            "currencies": [chart.currency for chart, _ in addresses],
            "kinds": [str(kind) for _, kind in addresses],
            "number": len(addresses),
        },
    )
    return {
        (Chart(tenant_id, currency), AccountKind(kind)): LockedAccount(account_id, balance, least, fails)
        for account_id, tenant_id, currency, kind, balance, least, fails in rows
    }


def _open(charts: Collection[Chart]) -> None:
    """Make the missing accounts of these charts, in an order that all who do so share."""
    accounts = [(ids.new_id(), chart, kind) for chart in charts for kind in AccountKind]
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "never_negative": [str(kind) for kind in NEVER_NEGATIVE],
                "ids": [account_id for account_id, _, _ in accounts],
                "tenants": [chart.tenant_id for _, chart, _ in accounts],
                "currencies": [chart.currency for _, chart, _ in accounts],
                "kinds": [str(kind) for _, _, kind in accounts],
            },
        )
