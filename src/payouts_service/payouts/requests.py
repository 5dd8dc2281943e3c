"""What clients may send about payouts, each declared once: parsed, checked and documented from here."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Literal

from django.conf import settings
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from payouts_service.connectors.contract import RejectionCode
from payouts_service.http.moments import Moment
from payouts_service.http.pages import DEFAULT_LIMIT, Cursor, Limit
from payouts_service.http.validation import StrictModel
from payouts_service.kit.clock import utc_now
from payouts_service.kit.money import is_iso_4217, parse_amount
from payouts_service.payouts.models import Status
from payouts_service.recipients.accounts import RecipientAccount
from payouts_service.recipients.free_text import FREE_TEXT, VISIBLE
from payouts_service.recipients.kinds import RecipientDetails

ONCE_ACCEPTED: Final = "once accepted"
"""The context of a validation that takes every currency and connector, as the service may have taken it once."""
_AMOUNT_PATTERN: Final = r"^[0-9]{1,15}(\.[0-9]+)?$"
_FARTHEST_SCHEDULE: Final = timedelta(days=366)
_MOST_DECIMALS: Final = "CLF"  # ISO 4217 gives no currency more than its four.


def _whitelisted(currency: str, info: ValidationInfo) -> str:
    code = currency.upper()
    once_accepted = info.context == ONCE_ACCEPTED and is_iso_4217(code)
    if not currency.isascii() or not (code in settings.CURRENCIES or once_accepted):
        raise PydanticCustomError(
            "currency-not-supported",
            "Use one of the currencies {currencies}",
            {"currencies": ", ".join(sorted(settings.CURRENCIES))},
        )
    return code


def _enabled(name: str, info: ValidationInfo) -> str:
    if name not in settings.CONNECTORS and info.context != ONCE_ACCEPTED:
        raise PydanticCustomError(
            "unknown-connector", "Use one of the connectors {names}", {"names": ", ".join(settings.CONNECTORS)}
        )
    return name


def _not_null(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null", "Leave the field out to keep what there is, or give a value")
    return value


def exact_amount(amount: object, info: ValidationInfo) -> Decimal:
    """The amount of a body whose field ``currency`` stands before it."""
    # Without a valid currency its digits cannot be counted; the rest of the amount is checked all the same.
    try:
        return parse_amount(amount, info.data.get("currency", _MOST_DECIMALS))
    except ValueError as error:
        raise PydanticCustomError("invalid-amount", "{reason}", {"reason": str(error)}) from error


Amount = Annotated[
    Decimal,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _AMOUNT_PATTERN, "maxLength": 20},
                {"type": "integer", "minimum": 1, "maximum": 999_999_999_999_999},
            ],
            "examples": ["150.00"],
        }
    ),
]
Currency = Annotated[
    str,
    AfterValidator(_whitelisted),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{3}$", "examples": ["EUR"]}),
]
Connector = Annotated[str, Field(max_length=40), AfterValidator(_enabled)]
Comment = Annotated[str, Field(max_length=1000), FREE_TEXT]
Reason = Annotated[str, Field(min_length=1, max_length=500), FREE_TEXT]
ExternalId = Annotated[str, Field(min_length=1, max_length=64), VISIBLE]
MetadataKey = Annotated[str, Field(min_length=1, max_length=40), VISIBLE]
MetadataValue = Annotated[str, Field(max_length=500), FREE_TEXT]
NewStatus = Annotated[Status, Field(strict=False)]
GivenCode = Annotated[RejectionCode, Field(strict=False)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=50)]


class CreatePayout(StrictModel):
    """A request to pay one recipient."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "amount": "150.00",
                    "currency": "EUR",
                    "recipient_details": {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"},
                    "comment": "Invoice 42",
                }
            ]
        }
    )

    currency: Currency = Field(description="ISO 4217, one of those the service is set to accept.")
    amount: Amount = Field(description="Exact and positive, with no more decimals than the currency has.")
    recipient_details: RecipientDetails = Field(description="Whom to pay and where.")
    comment: Comment = Field(default="", description="For people; may be changed later.")
    external_id: ExternalId | None = Field(default=None, description="Your own id of this payout, unique where given.")
    metadata: Metadata = Field(default_factory=dict, description="Your own pairs of strings.")
    connector: Connector | None = Field(default=None, description="Who pays; by default as the service is set.")
    scheduled_for: Moment | None = Field(default=None, description="Not before this time; at most a year ahead.")

    @field_validator("scheduled_for")
    @classmethod
    def _not_too_far(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment > utc_now() + _FARTHEST_SCHEDULE:
            raise PydanticCustomError("too-far-ahead", "Schedule at most 366 days ahead")
        return moment

    @field_validator("amount", mode="plain")
    @classmethod
    def _exact(cls, amount: object, info: ValidationInfo) -> Decimal:
        return exact_amount(amount, info)


class EvidenceKind(StrEnum):
    """What a person's decision rests on."""

    BANK_STATEMENT = "bank_statement"
    PROVIDER_CONFIRMATION = "provider_confirmation"
    RECIPIENT_CONFIRMATION = "recipient_confirmation"
    OTHER = "other"


class Evidence(StrictModel):
    """What a person saw before they settled a payout by hand."""

    kind: Annotated[EvidenceKind, Field(strict=False)] = Field(description="Where it was seen.")
    text: Reason = Field(description="What was seen, for example the bank's own number of the payment.")


class UpdatePayout(StrictModel):
    """A change of status by a person, of the comment, or of the metadata; what is absent stays, and null is refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"comment": "Paid with the morning run"}]})

    status: Annotated[NewStatus | None, BeforeValidator(_not_null, json_schema_input_type=NewStatus)] = Field(
        default=None, description="The status to move to."
    )
    reason: Annotated[Reason | None, BeforeValidator(_not_null, json_schema_input_type=Reason)] = Field(
        default=None, description="Why, with completed or failed."
    )
    evidence: Annotated[Evidence | None, BeforeValidator(_not_null, json_schema_input_type=Evidence)] = Field(
        default=None, description="What the decision rests on, with completed or failed."
    )
    failure_code: Annotated[GivenCode | None, BeforeValidator(_not_null, json_schema_input_type=GivenCode)] = Field(
        default=None, description="Why it failed, with failed only; without it the code is reported_by_person."
    )
    comment: Annotated[Comment | None, BeforeValidator(_not_null, json_schema_input_type=Comment)] = Field(
        default=None, description="Replaces the comment."
    )
    metadata: Annotated[Metadata | None, BeforeValidator(_not_null, json_schema_input_type=Metadata)] = Field(
        default=None, description="Replaces all the metadata."
    )


class GiveReason(StrictModel):
    """Why something is done, for those who look later."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The bank maintains its systems"}]})

    reason: Reason = Field(description="Why, for people.")


class CancelPayout(StrictModel):
    """Give a payout up before anything was sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Ordered twice"}]})

    reason: Reason = Field(description="Why, for those who read the payout later.")


class CreateReturn(StrictModel):
    """Money of a completed payout that came back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"amount": "150.00", "provider_reference": "R-2026-77", "reason": "Account closed"}]
        }
    )

    amount: Amount | None = Field(default=None, description="How much came back; without it, all that has not yet.")
    provider_reference: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[!-~]+$")] = Field(
        description="The provider's or the bank's own name for this return; the same is booked once."
    )
    reason: Reason = Field(description="Why it came back, for those who read it later.")
    is_another: bool = Field(
        default=False, description="`true`: it is not the return of the same amount that the provider told of."
    )

    @field_validator("amount", mode="plain")
    @classmethod
    def _exact(cls, amount: object, info: ValidationInfo) -> Decimal:
        return exact_amount(amount, info)  # The payout's currency is not known here; the verb looks at its digits.


class ReadPayout(StrictModel):
    """What a read may be asked for."""

    reveal: Literal["recipient_details"] | None = Field(
        default=None, description="Shows the details unmasked; needs the scope `recipients:reveal`, and is recorded."
    )


class ListPayouts(StrictModel):
    """What a list may be asked for."""

    cursor: Cursor | None = Field(default=None, description="The `next_cursor` of the page before.")
    limit: Limit = Field(default=DEFAULT_LIMIT, description="Most payouts on a page.")
    status: list[Literal["created", "processing", "completed", "failed"]] = Field(
        default_factory=list, max_length=4, description="Only payouts in this status; repeat it for several."
    )
    external_id: ExternalId | None = Field(default=None, description="The payout with this id of your own.")
    idempotency_key: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[!-~]+$")] | None = Field(
        default=None, description="The payout that a request with this Idempotency-Key made."
    )
    connector: Connector | None = Field(default=None, description="Only payouts it pays.")
    currency: Currency | None = Field(default=None, description="Only payouts in this currency (ISO 4217).")
    created_at__gte: Moment | None = Field(default=None, description="Only payouts made at this time or later.")
    created_at__lt: Moment | None = Field(default=None, description="Only payouts made before this time.")


class SearchPayouts(StrictModel):
    """A search for what was asked to be paid to one account."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"recipient_account": {"kind": "iban", "iban": "DE89370400440532013000"}}]}
    )

    recipient_account: RecipientAccount = Field(description="The account alone, without names.")
    cursor: Cursor | None = Field(default=None, description="The `next_cursor` of the page before.")
    limit: Limit = Field(default=DEFAULT_LIMIT, description="Most payouts on a page.")
