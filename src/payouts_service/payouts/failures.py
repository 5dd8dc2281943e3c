"""Why a payout failed, and through whom: the provider's refusals and our own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from payouts_service.connectors.contract import REJECTIONS, Party, Rejection, RejectionCode
from payouts_service.payouts.models import Payout


class OwnCode(StrEnum):
    """Why a payout failed, where it was no provider that refused."""

    CANCELED = "canceled"
    LIMIT_EXCEEDED = "limit_exceeded"
    REPORTED_BY_PERSON = "reported_by_person"
    INSUFFICIENT_FUNDS = "insufficient_funds"


FailureCode: TypeAlias = RejectionCode | OwnCode
"""Every code of a failure."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What ``failure`` says on the wire."""

    code: FailureCode
    party: Party
    message: str
    retryable: bool

    def put_on(self, payout: Payout) -> None:
        """Set the payout's fields; the caller's move writes them."""
        payout.failure_code = self.code
        payout.failure_party = self.party
        payout.failure_message = self.message
        payout.failure_retryable = self.retryable


def by_provider(rejection: Rejection) -> Failure:
    """What a connector's refusal means for the payout."""
    return Failure(rejection.code, rejection.party, rejection.message, rejection.retryable)


def canceled(reason: str) -> Failure:
    """The client gave it up."""
    return Failure(OwnCode.CANCELED, Party.CLIENT, reason, retryable=False)


def insufficient_funds() -> Failure:
    """The account does not cover it, and says that such payouts do not wait."""
    message = "The account did not cover the payout. Top it up, then make a new payout."
    return Failure(OwnCode.INSUFFICIENT_FUNDS, Party.CLIENT, message, retryable=True)


def limit_exceeded(rule: str, *, for_ever: bool) -> Failure:
    """It is above a limit, by its name; ``for_ever``: it would be in every window of time."""
    message = f"The payout is above the limit {rule}."
    return Failure(OwnCode.LIMIT_EXCEEDED, Party.CLIENT, message, retryable=not for_ever)


def by_person(code: RejectionCode | None, reason: str | None) -> Failure:
    """A person says that it failed: as a provider would have put it, or without a code."""
    if code is None:
        message = reason or "The person who was to pay reported that it failed."
        return Failure(OwnCode.REPORTED_BY_PERSON, Party.US, message, retryable=False)
    usual = REJECTIONS[code]
    return Failure(code, usual.party, reason or usual.message, usual.retryable)
