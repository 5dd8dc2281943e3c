"""A payout as clients, events and webhooks see it: every detail masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from payouts_service.kit import ids
from payouts_service.kit.clock import wire_time
from payouts_service.kit.money import amount_text
from payouts_service.payouts.models import Payout, Status

PREFIX: Final = "po"


def payout_id_text(payout_id: UUID) -> str:
    """The id on the wire."""
    return ids.to_text(PREFIX, payout_id)


def waiting_for(payout: Payout, *, at: datetime) -> list[str]:
    """What a payout in ``created`` waits for at this time; empty when it is ready, or no longer ``created``."""
    if payout.status != Status.CREATED:
        return []
    scheduled = payout.scheduled_for is not None and payout.scheduled_for > at
    return [*payout.blockers, *(["schedule"] if scheduled else [])]


def present(payout: Payout, *, at: datetime) -> dict[str, Any]:
    """The object on the wire, as it is at this time."""
    return {
        "id": payout_id_text(payout.id),
        "object": "payout",
        "amount": amount_text(payout.amount, payout.currency),
        "currency": payout.currency,
        "recipient_details": payout.details_masked,
        "status": str(payout.status),
        "waiting_for": waiting_for(payout, at=at),
        "progress": None if payout.progress is None else str(payout.progress),
        "failure": _failure(payout),
        "returns": [],
        "comment": payout.comment,
        "external_id": payout.external_id,
        "metadata": payout.metadata,
        "connector": payout.connector,
        "scheduled_for": None if payout.scheduled_for is None else wire_time(payout.scheduled_for),
        "attempts": payout.attempts,
        "version": payout.version,
        "created_at": wire_time(payout.created_at),
        "updated_at": wire_time(payout.updated_at),
    }


def _failure(payout: Payout) -> dict[str, Any] | None:
    if payout.failure_code is None:
        return None
    return {
        "code": payout.failure_code,
        "party": payout.failure_party,
        "message": payout.failure_message,
        "retryable": payout.failure_retryable,
    }
