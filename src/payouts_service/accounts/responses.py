"""Accounts, entries and top-ups as the OpenAPI document describes them; ``wire`` makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from payouts_service.accounts.wire import ACCOUNT, TOP_UP
from payouts_service.kit.ids import TEXT_PATTERN
from payouts_service.ledger.chart import AccountKind, MoveKind

ACCOUNT_PATTERN: Final = f"^{ACCOUNT}_{TEXT_PATTERN}$"
TOP_UP_PATTERN: Final = f"^{TOP_UP}_{TEXT_PATTERN}$"
_Signed = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
_Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.")]


class AccountPolicy(BaseModel):
    """How far an account may be used."""

    kind: Literal["postpaid", "prefunded"] = Field(description="Whether it may fall below zero.")
    credit_limit: str | None = Field(description="With `postpaid`: how far below zero; null: without a limit.")
    without_funds: Literal["wait", "fail"] = Field(description="What a payout does that it does not cover.")


class AccountObject(BaseModel):
    """One account of your tenant's."""

    id: Annotated[str, Field(pattern=ACCOUNT_PATTERN)] = Field(description="Given by the service.")
    object: Literal["account"] = Field(description="What kind of object this is.")
    kind: AccountKind = Field(
        description="`available`: what you may pay out; `held`: reserved for payouts in processing; `paid_out`; "
        "`returned`: what came back of that; `funding`: what you paid in, less fees; `fees`: what providers charged."
    )
    currency: _Currency
    balance: _Signed = Field(description="Credits less debits; the balances of one currency add up to nothing.")
    at: datetime | None = Field(description="The time asked for, in UTC; null: now.")
    policy: AccountPolicy | None = Field(description="How far `available` may be used now; null for the others.")


class AccountList(BaseModel):
    """Every account that was ever used: six for each currency."""

    data: list[AccountObject] = Field(description="By currency.")


class EntryObject(BaseModel):
    """One entry, as one of its two accounts sees it. Entries never change."""

    id: str = Field(description="Given by the service.")
    object: Literal["entry"] = Field(description="What kind of object this is.")
    kind: MoveKind = Field(description="Why the money moved.")
    amount: _Signed = Field(description="Positive: a credit to this account; negative: a debit.")
    currency: _Currency
    balance: _Signed = Field(description="This account's, after the entry.")
    other_account: Annotated[str, Field(pattern=ACCOUNT_PATTERN)] = Field(description="Where it came from or went.")
    subject: str = Field(description="The payout, top-up, adjustment or return; of a fee, the attempt's reference.")
    at: datetime = Field(description="In UTC.")


class EntryPage(BaseModel):
    """A page of entries, newest first."""

    data: list[EntryObject] = Field(description="The entries.")
    has_more: bool = Field(description="Whether older ones follow.")
    next_cursor: str | None = Field(description="Send it as `cursor` to read on; null on the last page.")


class TopUpObject(BaseModel):
    """Money that arrived for your tenant."""

    id: Annotated[str, Field(pattern=TOP_UP_PATTERN)] = Field(description="Given by the service.")
    object: Literal["top_up"] = Field(description="What kind of object this is.")
    amount: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")] = Field(description="Exact.")
    currency: _Currency
    external_id: str | None = Field(description="Your own id of it.")
    comment: str = Field(description="For people.")
    created_at: datetime = Field(description="In UTC.")


ACCOUNT_EXAMPLE: Final[dict[str, Any]] = {
    "id": "ac_01kb13tc1mfg4v3x2xv5pn2a4r",
    "object": "account",
    "kind": "available",
    "currency": "EUR",
    "balance": "4850.00",
    "at": None,
    "policy": {"kind": "prefunded", "credit_limit": None, "without_funds": "wait"},
}
ENTRY_EXAMPLE: Final[dict[str, Any]] = {
    "id": "en_0000000000000000000000003r",
    "object": "entry",
    "kind": "hold",
    "amount": "-150.00",
    "currency": "EUR",
    "balance": "4850.00",
    "other_account": "ac_01kb13tc1mfg4v3x2xv5pn2a4s",
    "subject": "po_01kb13tc1mfg4v3x2xv5pn2a4r",
    "at": "2026-11-24T10:00:00.000000Z",
}
TOP_UP_EXAMPLE: Final[dict[str, Any]] = {
    "id": "tu_01kb13tc1mfg4v3x2xv5pn2a4r",
    "object": "top_up",
    "amount": "5000.00",
    "currency": "EUR",
    "external_id": "statement-42/7",
    "comment": "",
    "created_at": "2026-11-24T09:00:00.000000Z",
}
