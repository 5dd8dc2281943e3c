"""Accounts, entries, top-ups and adjustments as clients and events see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from payouts_service.kit import ids
from payouts_service.kit.clock import wire_time
from payouts_service.kit.money import amount_text
from payouts_service.ledger.accounts import AccountState, EntryOfAccount, EntryOfSubject
from payouts_service.ledger.adjustments import Adjusted
from payouts_service.ledger.chart import AccountKind, MoveKind
from payouts_service.ledger.top_ups import ToppedUp

ACCOUNT: Final = "ac"
TOP_UP: Final = "tu"
ADJUSTMENT: Final = "aj"
ENTRY: Final = "en"
_SUBJECTS: Final = {
    MoveKind.TOP_UP: TOP_UP,
    MoveKind.ADJUSTMENT: ADJUSTMENT,
    MoveKind.HOLD: "po",
    MoveKind.POST: "po",
    MoveKind.VOID: "po",
    MoveKind.RETURN: "re",
}


def present_account(
    account: AccountState, *, balance: Decimal | None = None, at: datetime | None = None
) -> dict[str, Any]:
    """The account on the wire; ``balance``: what it was at ``at``."""
    return {
        "id": ids.to_text(ACCOUNT, account.id),
        "object": "account",
        "kind": str(account.kind),
        "currency": account.currency,
        "balance": amount_text(account.balance if balance is None else balance, account.currency),
        "at": None if at is None else wire_time(at),
        "policy": _policy(account) if account.kind is AccountKind.AVAILABLE else None,
    }


def present_entries_about(entries: Iterable[EntryOfSubject], currency: str) -> list[dict[str, Any]]:
    """The entries of what they were for: how much went from one kind of account to another, and when."""
    return [
        {
            "kind": str(entry.kind),
            "amount": amount_text(entry.amount, currency),
            "currency": currency,
            "debit": str(entry.debit),
            "credit": str(entry.credit),
            "at": wire_time(entry.at),
        }
        for entry in entries
    ]


def present_entry(entry: EntryOfAccount, *, currency: str) -> dict[str, Any]:
    """The entry on the wire, as the account sees it."""
    return {
        "id": ids.to_text(ENTRY, UUID(int=entry.id)),
        "object": "entry",
        "kind": str(entry.kind),
        "amount": amount_text(entry.amount, currency),
        "currency": currency,
        "balance": amount_text(entry.balance, currency),
        "other_account": ids.to_text(ACCOUNT, entry.other_account_id),
        "subject": _subject(entry),
        "at": wire_time(entry.at),
    }


def present_top_up(top_up: ToppedUp) -> dict[str, Any]:
    """The top-up on the wire."""
    return {
        "id": ids.to_text(TOP_UP, top_up.id),
        "object": "top_up",
        "amount": amount_text(top_up.amount, top_up.currency),
        "currency": top_up.currency,
        "external_id": top_up.external_id,
        "comment": top_up.comment,
        "created_at": wire_time(top_up.created_at),
    }


def present_adjustment(adjusted: Adjusted) -> dict[str, Any]:
    """The adjustment as its event tells it."""
    return {
        "id": ids.to_text(ADJUSTMENT, adjusted.id),
        "object": "adjustment",
        "amount": amount_text(adjusted.amount, adjusted.currency),
        "currency": adjusted.currency,
        "external_id": adjusted.external_id,
        "reason": adjusted.reason,
        "created_at": wire_time(adjusted.created_at),
    }


def _policy(account: AccountState) -> dict[str, Any]:
    least = account.least_balance
    return {
        "kind": "postpaid" if least is None or least else "prefunded",
        "credit_limit": amount_text(-least, account.currency) if least else None,
        "without_funds": "fail" if account.fails_without_funds else "wait",
    }


def _subject(entry: EntryOfAccount) -> str:
    """What it is about; a fee is about an attempt, which clients know by its reference."""
    prefix = _SUBJECTS.get(entry.kind)
    return entry.subject_id.hex if prefix is None else ids.to_text(prefix, entry.subject_id)
