"""Which refusals are tried again, after what pause, how often at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from payouts_service.connectors.contract import Rejection, RejectionCode


@dataclass(frozen=True, slots=True)
class Retry:
    """``wait`` before each further attempt; ``at_most`` this many attempts in all."""

    wait: timedelta
    at_most: int


RETRIES: Final[Mapping[RejectionCode, Retry]] = MappingProxyType(
    {
        RejectionCode.RECIPIENT_UNREACHABLE: Retry(wait=timedelta(minutes=2), at_most=4),
        RejectionCode.INSUFFICIENT_PROVIDER_FUNDS: Retry(wait=timedelta(minutes=10), at_most=7),
    }
)


def wait_before_retry(rejection: Rejection, *, attempts: int) -> timedelta | None:
    """The pause before the next attempt; None where the refusal is final: not retryable, not listed, or too often."""
    retry = RETRIES.get(rejection.code) if rejection.retryable else None
    return retry.wait if retry is not None and attempts < retry.at_most else None
