"""A payout and a page of them as the OpenAPI document describes them; ``wire.present`` makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from payouts_service.connectors.contract import Party
from payouts_service.kit.ids import TEXT_PATTERN
from payouts_service.payouts.failures import FailureCode
from payouts_service.payouts.models import Progress, Status
from payouts_service.payouts.wire import PREFIX, RETURN_PREFIX
from payouts_service.recipients.masking import MaskedDetails

ID_PATTERN: Final = f"^{PREFIX}_{TEXT_PATTERN}$"


class PayoutFailure(BaseModel):
    """Why a payout failed, and through whom."""

    code: FailureCode = Field(description="For programs; more codes may be added.")
    party: Party = Field(description="Who can mend it.")
    message: str = Field(description="For people.")
    retryable: bool = Field(description="Whether a new payout of the same kind may succeed later.")


class PayoutReturn(BaseModel):
    """Money that came back after completion."""

    id: Annotated[str, Field(pattern=f"^{RETURN_PREFIX}_{TEXT_PATTERN}$")] = Field(description="Given by the service.")
    object: Literal["return"] = Field(description="What kind of object this is.")
    payout: Annotated[str, Field(pattern=ID_PATTERN)] = Field(description="The payout that was paid.")
    amount: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")] = Field(description="How much came back.")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(description="ISO 4217.")
    provider_reference: str = Field(description="The provider's or the bank's name for it, or for the news of it.")
    reason: str = Field(description="Why, where a person told it.")
    created_at: datetime = Field(description="When it was booked, in UTC.")


class PayoutObject(BaseModel):
    """A payout."""

    id: Annotated[str, Field(pattern=ID_PATTERN)] = Field(description="Given by the service; ids sort by creation.")
    object: Literal["payout"] = Field(description="What kind of object this is.")
    amount: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")] = Field(
        description="Exact, with as many decimals as the currency has."
    )
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(description="ISO 4217.")
    recipient_details: MaskedDetails = Field(description="Whom to pay and where, masked.")
    status: Status = Field(description="`created`, then `processing`, then `completed` or `failed` for good.")
    waiting_for: list[Literal["approval", "funds", "limit", "paused", "schedule", "provider"]] = Field(
        description="What a payout in `created` waits for; empty when it is ready."
    )
    progress: Progress | None = Field(description="What is known of a payout in `processing`.")
    next_attempt_at: datetime | None = Field(description="When a refused payout in processing is tried again.")
    failure: PayoutFailure | None = Field(description="Why a payout in `failed` failed.")
    returns: list[PayoutReturn] = Field(description="Money that came back after `completed`.")
    comment: str = Field(description="For people.")
    external_id: str | None = Field(description="Your own id of this payout.")
    metadata: dict[str, str] = Field(description="Your own pairs of strings.")
    possible_duplicate_of: str | None = Field(
        description="An earlier payout of the same amount to the same account, made shortly before; for your "
        "information: nothing else follows from it."
    )
    connector: str = Field(description="Who pays.")
    scheduled_for: datetime | None = Field(description="It is not paid before this time.")
    attempts: Annotated[int, Field(ge=0)] = Field(description="How often it was given to a connector.")
    version: Annotated[int, Field(ge=1)] = Field(description="Counts changes; the ETag is made of it.")
    created_at: datetime = Field(description="In UTC.")
    updated_at: datetime = Field(description="In UTC.")


class PayoutPage(BaseModel):
    """A page of payouts, newest first."""

    data: list[PayoutObject] = Field(description="The payouts.")
    has_more: bool = Field(description="Whether older ones follow.")
    next_cursor: str | None = Field(description="Send it as `cursor` to read on; null on the last page.")


class PayoutExplanation(BaseModel):
    """Why a payout is where it is, for people."""

    id: Annotated[str, Field(pattern=ID_PATTERN)] = Field(description="The payout's id.")
    status: Status = Field(description="Where it is.")
    why: str = Field(description="Why it is there.")
    next: str | None = Field(description="What happens next by itself; null where nothing does.")
    next_at: datetime | None = Field(description="When, where a time is known.")
    you_may: list[str] = Field(description="What a person may safely do.")


class AttemptExchange(BaseModel):
    """One call to the provider and what it brought; no answer in time is an outcome too."""

    call: Literal["submit", "inquire"] = Field(description="Whether it was to pay, or to ask what became of it.")
    outcome: Literal["accepted", "confirmed", "rejected", "unknown", "not_found"] = Field(description="What it meant.")
    evidence: dict[str, Any] = Field(description="The facts it rests on; nothing of the recipient.")
    late: bool = Field(description="It came after the attempt was taken or closed by others, and moved nothing.")
    recorded_at: datetime = Field(description="In UTC.")


class AttemptActor(BaseModel):
    """Who decided."""

    type: str = Field(description="For example `api_key`.")
    id: str = Field(description="Which one.")


class AttemptDecision(BaseModel):
    """A person's closing of an attempt."""

    outcome: Literal["confirmed", "rejected"] = Field(description="What the person says became of it.")
    reason: str = Field(description="Why; empty where a person paid and reported it.")
    evidence_kind: str | None = Field(description="Where it was seen.")
    evidence_text: str = Field(description="What was seen.")
    actor: AttemptActor
    decided_at: datetime = Field(description="In UTC.")


class AttemptObject(BaseModel):
    """One submission of a payout to one connector."""

    object: Literal["payout_attempt"] = Field(description="The kind of object.")
    number: Annotated[int, Field(ge=1)] = Field(description="The first attempt is 1.")
    connector: str = Field(description="Who pays; `manual` where a person does.")
    reference: str = Field(description="Our name for the payment towards the rail; never changes.")
    provider_reference: str | None = Field(description="The provider's name for it.")
    outcome: Literal["accepted", "confirmed", "rejected", "unknown"] | None = Field(
        description="What the provider's last answer said; null before the first."
    )
    next_inquiry_at: datetime | None = Field(description="When the provider is asked about it, if it is to be asked.")
    submitted_at: datetime | None = Field(
        description="By when its last submission had gone out, if it did; null where a person pays."
    )
    unanswered_claims: Annotated[int, Field(ge=0)] = Field(
        description="How often a worker has claimed it, to call the provider, since the last answer: it is at work "
        "now, or died, and then only the provider knows what it received."
    )
    opened_at: datetime = Field(description="In UTC.")
    closed_at: datetime | None = Field(description="In UTC; null while it is open.")
    exchanges: list[AttemptExchange] = Field(
        description="Every call that brought an outcome, oldest first; one whose worker died is not among them."
    )
    decision: AttemptDecision | None = Field(description="How a person closed it, if one did.")


class AttemptList(BaseModel):
    """The attempts of one payout."""

    data: list[AttemptObject] = Field(description="The attempts, first to last.")


CREATED_EXAMPLE: Final[dict[str, Any]] = {
    "id": "po_01kb13tc1mfg4v3x2xv5pn2a4r",
    "object": "payout",
    "amount": "150.00",
    "currency": "EUR",
    "recipient_details": {"kind": "iban", "name": "A. L.", "iban": "DE89 •••• 3000"},
    "status": "created",
    "waiting_for": [],
    "progress": None,
    "next_attempt_at": None,
    "failure": None,
    "returns": [],
    "comment": "Invoice 42",
    "external_id": None,
    "metadata": {"invoice": "42"},
    "possible_duplicate_of": None,
    "connector": "simulator",
    "scheduled_for": None,
    "attempts": 0,
    "version": 1,
    "created_at": "2026-11-23T10:00:00.000000Z",
    "updated_at": "2026-11-23T10:00:00.000000Z",
}
"""A payout just made."""

EXPLANATION_EXAMPLE: Final[dict[str, Any]] = {
    "id": "po_01kb13tc1mfg4v3x2xv5pn2a4r",
    "status": "processing",
    "why": "The provider has accepted it and will end it later.",
    "next": "The provider is asked about the reference 01a2099986a572adbf4cb9bd6b2ad344 "
    "at 2026-11-23T10:00:05.000000Z.",
    "next_at": "2026-11-23T10:00:05.000000Z",
    "you_may": ["Nothing is to be done; wait."],
}
"""A payout that its provider will end later."""

ATTEMPT_EXAMPLE: Final[dict[str, Any]] = {
    "object": "payout_attempt",
    "number": 1,
    "connector": "simulator",
    "reference": "01a2099986a572adbf4cb9bd6b2ad344",
    "provider_reference": "sim_42",
    "outcome": "confirmed",
    "next_inquiry_at": None,
    "submitted_at": "2026-11-23T10:00:00.100000Z",
    "unanswered_claims": 0,
    "opened_at": "2026-11-23T10:00:00.100000Z",
    "closed_at": "2026-11-23T10:00:00.300000Z",
    "exchanges": [
        {
            "call": "submit",
            "outcome": "confirmed",
            "evidence": {"http_status": 201, "provider_status": "confirmed"},
            "late": False,
            "recorded_at": "2026-11-23T10:00:00.300000Z",
        }
    ],
    "decision": None,
}
"""An attempt that went well."""

RETURN_EXAMPLE: Final[dict[str, Any]] = {
    "id": "re_01kb13xf24e8pvmbk1n6wq3zd9",
    "object": "return",
    "payout": "po_01kb13tc1mfg4v3x2xv5pn2a4r",
    "amount": "150.00",
    "currency": "EUR",
    "provider_reference": "R-2026-77",
    "reason": "Account closed",
    "created_at": "2026-11-25T10:00:00.000000Z",
}
"""Money that came back."""

FAILED_EXAMPLE: Final[dict[str, Any]] = {
    **CREATED_EXAMPLE,
    "id": "po_01kb13xf24e8pvmbk1n6wq3zd7",
    "status": "failed",
    "failure": {"code": "canceled", "party": "client", "message": "Ordered twice", "retryable": False},
    "version": 2,
    "updated_at": "2026-11-23T10:02:00.000000Z",
}
"""A payout that its tenant canceled."""
