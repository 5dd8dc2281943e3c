"""A payout as clients, events and webhooks see it: every detail masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from payouts_service.kit import ids
from payouts_service.kit.clock import wire_time
from payouts_service.kit.money import amount_text
from payouts_service.payouts.holds import Holds
from payouts_service.payouts.models import Decision, Exchange, Payout, PayoutAttempt, Return, Status

PREFIX: Final = "po"
RETURN_PREFIX: Final = "re"


def payout_id_text(payout_id: UUID) -> str:
    """The id on the wire."""
    return ids.to_text(PREFIX, payout_id)


def waiting_for(payout: Payout, *, at: datetime, holds: Holds) -> list[str]:
    """What a payout in ``created`` waits for at this time; empty when it is ready, or no longer ``created``."""
    if payout.status != Status.CREATED:
        return []
    scheduled = payout.scheduled_for is not None and payout.scheduled_for > at
    held = [hold for hold in holds.of(payout.connector) if hold not in payout.blockers]
    return [*payout.blockers, *held, *(["schedule"] if scheduled else [])]


def present(payout: Payout, *, at: datetime, holds: Holds) -> dict[str, Any]:
    """The object on the wire, as it is at this time."""
    return {
        "id": payout_id_text(payout.id),
        "object": "payout",
        "amount": amount_text(payout.amount, payout.currency),
        "currency": payout.currency,
        "recipient_details": payout.details_masked,
        "status": str(payout.status),
        "waiting_for": waiting_for(payout, at=at, holds=holds),
        "progress": None if payout.progress is None else str(payout.progress),
        "next_attempt_at": _time(payout.next_attempt_at),
        "failure": _failure(payout),
        "returns": [present_return(one, payout) for one in _returns(payout)],
        "comment": payout.comment,
        "external_id": payout.external_id,
        "metadata": payout.metadata,
        "possible_duplicate_of": payout.possible_duplicate_of and payout_id_text(payout.possible_duplicate_of),
        "connector": payout.connector,
        "scheduled_for": _time(payout.scheduled_for),
        "attempts": payout.attempts,
        "version": payout.version,
        "created_at": wire_time(payout.created_at),
        "updated_at": wire_time(payout.updated_at),
    }


def present_return(booked: Return, payout: Payout) -> dict[str, Any]:
    """Money of the payout that came back, on the wire."""
    return {
        "id": ids.to_text(RETURN_PREFIX, booked.id),
        "object": "return",
        "payout": payout_id_text(payout.id),
        "amount": amount_text(booked.amount, payout.currency),
        "currency": payout.currency,
        "provider_reference": booked.provider_reference,
        "reason": booked.reason,
        "created_at": wire_time(booked.created_at),
    }


def _returns(payout: Payout) -> list[Return]:
    """Looked up only where there are some."""
    return sorted(payout.returns.all(), key=lambda one: one.id) if payout.returned_amount else []


def present_attempt(attempt: PayoutAttempt) -> dict[str, Any]:
    """One attempt on the wire, with what each call brought; nothing of the recipient is in it."""
    decision = getattr(attempt, "decision", None)
    return {
        "object": "payout_attempt",
        "number": attempt.number,
        "connector": attempt.connector,
        "reference": attempt.reference,
        "provider_reference": attempt.provider_reference,
        "outcome": attempt.outcome,
        "next_inquiry_at": _time(attempt.next_inquiry_at),
        "submitted_at": _time(attempt.submitted_at),
        "unanswered_claims": attempt.claims if attempt.leased_for else 0,
        "opened_at": wire_time(attempt.opened_at),
        "closed_at": _time(attempt.closed_at),
        "exchanges": [_exchange(exchange) for exchange in attempt.exchanges.all()],
        "decision": decision and _decision(decision),
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "call": exchange.call,
        "outcome": exchange.outcome,
        "evidence": exchange.evidence,
        "late": exchange.late,
        "recorded_at": wire_time(exchange.recorded_at),
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "outcome": decision.outcome,
        "reason": decision.reason,
        "evidence_kind": decision.evidence_kind or None,
        "evidence_text": decision.evidence_text,
        "actor": {"type": decision.actor_type, "id": decision.actor_id},
        "decided_at": wire_time(decision.decided_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else wire_time(moment)


def _failure(payout: Payout) -> dict[str, Any] | None:
    if payout.failure_code is None:
        return None
    return {
        "code": payout.failure_code,
        "party": payout.failure_party,
        "message": payout.failure_message,
        "retryable": payout.failure_retryable,
    }
