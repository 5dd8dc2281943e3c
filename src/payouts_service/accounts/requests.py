"""What clients may ask about accounts, and what they tell of money that arrived."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from payouts_service.http.moments import Moment
from payouts_service.http.pages import DEFAULT_LIMIT, Cursor, Limit
from payouts_service.http.validation import StrictModel
from payouts_service.payouts.requests import Amount, Comment, Currency, ExternalId, Reason, exact_amount


class ListAccounts(StrictModel):
    """What the list of accounts may be asked for."""

    currency: Currency | None = Field(default=None, description="Only accounts in this currency (ISO 4217).")


class ReadAccount(StrictModel):
    """What an account may be asked for."""

    at: Moment | None = Field(default=None, description="The balance as it was at this time; without it, as it is now.")


class ListEntries(StrictModel):
    """What an account's entries may be asked for."""

    cursor: Cursor | None = Field(default=None, description="The `next_cursor` of the page before.")
    limit: Limit = Field(default=DEFAULT_LIMIT, description="Most entries on a page.")
    at__gte: Moment | None = Field(default=None, description="Only entries made at this time or later.")
    at__lt: Moment | None = Field(default=None, description="Only entries made before this time.")
    format: Literal["json", "csv"] | None = Field(
        default=None, description="`csv`: all entries in one file, as with `Accept: text/csv`."
    )


class CreateTopUp(StrictModel):
    """Money that arrived for your tenant."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"amount": "5000.00", "currency": "EUR", "external_id": "statement-42/7"}]}
    )

    currency: Currency = Field(description="ISO 4217, one of those the service is set to accept.")
    amount: Amount = Field(description="Exact and positive, with no more decimals than the currency has.")
    external_id: ExternalId | None = Field(
        default=None, description="Your own id of it, for example the bank's; unique among top-ups where given."
    )
    comment: Comment = Field(default="", description="For people.")

    @field_validator("amount", mode="plain")
    @classmethod
    def _exact(cls, amount: object, info: ValidationInfo) -> Decimal:
        return exact_amount(amount, info)


class CreateAdjustment(StrictModel):
    """Money that is not the tenant's to pay out after all."""

    currency: Currency
    amount: Amount
    external_id: ExternalId
    reason: Reason

    @field_validator("amount", mode="plain")
    @classmethod
    def _exact(cls, amount: object, info: ValidationInfo) -> Decimal:
        return exact_amount(amount, info)
