"""The chart of accounts, and each move's debit and credit account.

Every tenant has one chart for each currency. It is kept from the side of whoever runs the service: what is owed to the
tenant (``available``, ``held``) is a liability and grows by credits, money that is there (``funding``) is an asset and
grows by debits. A balance is credits less debits, so those of one chart always add up to nothing.

- ``funding``: money received for the tenant, less fees that providers took and what adjustments found to be gone. An
  asset: its balance is negative.
- ``available``: what the tenant may still pay out; below zero it owes us. The only account with a policy.
- ``held``: reserved for payouts in ``processing``; never negative.
- ``paid_out``: what left with completed payouts, before returns; never negative.
- ``returned``: what of it came back, set against ``paid_out``: its balance is negative, and their sum is what is gone.
- ``fees``: what providers charged. An expense of whoever runs the service, so it takes nothing from ``available``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID


class AccountKind(StrEnum):
    """The accounts of a chart."""

    FUNDING = "funding"
    AVAILABLE = "available"
    HELD = "held"
    PAID_OUT = "paid_out"
    RETURNED = "returned"
    FEES = "fees"


class MoveKind(StrEnum):
    """Why money moves; of each kind a subject has one entry at most."""

    TOP_UP = "top_up"
    ADJUSTMENT = "adjustment"
    HOLD = "hold"
    POST = "post"
    VOID = "void"
    RETURN = "return"
    FEE = "fee"


@dataclass(frozen=True, slots=True)
class Sides:
    """The account that a move debits, and the one that it credits."""

    debit: AccountKind
    credit: AccountKind


SIDES: Final[Mapping[MoveKind, Sides]] = MappingProxyType(
    {
        MoveKind.TOP_UP: Sides(debit=AccountKind.FUNDING, credit=AccountKind.AVAILABLE),
        MoveKind.ADJUSTMENT: Sides(debit=AccountKind.AVAILABLE, credit=AccountKind.FUNDING),
        MoveKind.HOLD: Sides(debit=AccountKind.AVAILABLE, credit=AccountKind.HELD),
        MoveKind.POST: Sides(debit=AccountKind.HELD, credit=AccountKind.PAID_OUT),
        MoveKind.VOID: Sides(debit=AccountKind.HELD, credit=AccountKind.AVAILABLE),
        MoveKind.RETURN: Sides(debit=AccountKind.RETURNED, credit=AccountKind.AVAILABLE),
        MoveKind.FEE: Sides(debit=AccountKind.FEES, credit=AccountKind.FUNDING),
    }
)

NEVER_NEGATIVE: Final = frozenset({AccountKind.HELD, AccountKind.PAID_OUT})
"""Accounts whose balance nothing may bring below zero, whatever the policy of ``available``."""


@dataclass(frozen=True, slots=True, order=True)
class Chart:
    """The accounts of one tenant in one currency (ISO 4217)."""

    tenant_id: UUID
    currency: str


@dataclass(frozen=True, slots=True)
class Move:
    """Money that moves inside one chart: a positive ``amount`` in its currency's major unit, for one subject."""

    kind: MoveKind
    chart: Chart
    amount: Decimal
    subject_id: UUID
