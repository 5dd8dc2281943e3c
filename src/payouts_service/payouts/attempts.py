"""Attempts: opened with a reference before anything is sent, closed by an outcome or by a person's decision."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from payouts_service.connectors.contract import Outcome, OutcomeKind
from payouts_service.events.actor import current_actor
from payouts_service.kit import ids
from payouts_service.payouts import failures, lifecycle, queries
from payouts_service.payouts.models import Decision, Payout, PayoutAttempt, Progress, Status
from payouts_service.payouts.requests import UpdatePayout

MANUAL: Final = "manual"
SEALED_COLUMN: Final = "payouts_payout.details_sealed"
_PROGRESS: Final = {
    OutcomeKind.ACCEPTED: Progress.ACCEPTED,
    OutcomeKind.UNKNOWN: Progress.UNKNOWN,
    OutcomeKind.NOT_FOUND: Progress.UNKNOWN,
}

_UPDATE: Final = """
UPDATE payouts_payoutattempt AS a
   SET outcome = c.outcome, provider_reference = coalesce(c.provider_reference, a.provider_reference),
       evidence = c.evidence, lease_until = NULL, next_inquiry_at = c.next_inquiry_at, closed_at = c.closed_at
  FROM jsonb_to_recordset(%s::jsonb) AS c (
       id uuid, outcome text, provider_reference text, evidence jsonb, next_inquiry_at timestamptz,
       closed_at timestamptz)
 WHERE a.id = c.id AND a.closed_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a call brought: the attempt, the fence that the caller held when it called, and the outcome."""

    payout_id: UUID
    attempt_id: UUID
    claim_token: UUID
    outcome: Outcome


def open_all(payouts: Sequence[Payout], *, connector: str, token: UUID | None, at: datetime) -> list[PayoutAttempt]:
    """Claim these payouts for a connector: one attempt each, stored before anything is sent. Under their locks.

    ``token`` is the fence of a worker, which also gets a lease; None where a person pays.
    """
    lease_until = at + timedelta(seconds=settings.LEASE_SECONDS) if token else None
    opened = []
    for payout in payouts:
        attempt_id = ids.new_id()
        payout.attempts += 1
        payout.open_attempt_id = attempt_id
        payout.progress = Progress.IN_FLIGHT
        opened.append(
            PayoutAttempt(
                id=attempt_id,
                payout=payout,
                number=payout.attempts,
                connector=connector,
                reference=attempt_id.hex,
                claim_token=token,
                lease_until=lease_until,
                next_inquiry_at=lease_until,
                opened_at=at,
            )
        )
    PayoutAttempt.objects.bulk_create(opened)
    lifecycle.move(payouts, "claim", at=at)
    return opened


def open_by_hand(payout: Payout, *, at: datetime) -> PayoutAttempt:
    """A person takes the payout: an attempt that no worker touches. Under the payout's lock."""
    return open_all([payout], connector=MANUAL, token=None, at=at)[0]


def lock_open(payout: Payout) -> PayoutAttempt:
    """The open attempt of a payout in ``processing``, under its lock; the caller holds the payout's."""
    return PayoutAttempt.objects.select_for_update(no_key=True).get(payout=payout, closed_at=None)


def may_be_decided(attempt: PayoutAttempt, *, at: datetime) -> bool:
    """Whether the outcome is unknown and no worker is asking or sending right now."""
    return attempt.outcome == OutcomeKind.UNKNOWN and (attempt.lease_until is None or attempt.lease_until <= at)


def decide(payout: Payout, attempt: PayoutAttempt, request: UpdatePayout, *, at: datetime) -> None:
    """Close the attempt by a person's word. Under the locks of the payout and the attempt."""
    succeeded = request.status == Status.COMPLETED
    actor = current_actor()
    Decision.objects.create(
        attempt=attempt,
        outcome=OutcomeKind.CONFIRMED if succeeded else OutcomeKind.REJECTED,
        reason=request.reason or "",
        evidence_kind=request.evidence.kind if request.evidence else "",
        evidence_text=request.evidence.text if request.evidence else "",
        actor_type=actor.type,
        actor_id=actor.id,
        decided_at=at,
    )
    attempt.closed_at = at
    attempt.next_inquiry_at = None
    attempt.save(update_fields=["closed_at", "next_inquiry_at"])
    if not succeeded:
        failures.by_person(request.failure_code, request.reason).put_on(payout)
    _leave_processing(payout)
    lifecycle.move([payout], "confirm" if succeeded else "reject", at=at)


def settle(results: Sequence[Result]) -> list[Result]:
    """Record what calls brought, in one transaction; returns the stale results, which changed nothing.

    A result is stale where another worker or a person has taken the attempt since the call began: the fence.
    """
    with transaction.atomic():
        locked = Payout.objects.select_for_update(no_key=True, of=("self",)).order_by("id")
        payouts = locked.in_bulk([result.payout_id for result in results])
        attempts = PayoutAttempt.objects.in_bulk([result.attempt_id for result in results])
        at = queries.database_now()
        stale, rows = [], []
        by_verb: dict[str, list[Payout]] = defaultdict(list)
        for result in results:
            payout, attempt = payouts[result.payout_id], attempts[result.attempt_id]
            if attempt.closed_at is not None or attempt.claim_token != result.claim_token:
                stale.append(result)
                continue
            rows.append(_attempt_row(attempt, result.outcome, at=at))
            by_verb[_apply(payout, result.outcome)].append(payout)
        _update_attempts(rows)
        lifecycle.move(by_verb["confirm"], "confirm", at=at)
        lifecycle.move(by_verb["reject"], "reject", at=at)
        lifecycle.change(by_verb["progress"], "payout.progressed", at=at)
    return stale


def _apply(payout: Payout, outcome: Outcome) -> str:
    """Set the fields that follow from the outcome; what to write them with."""
    if outcome.kind is OutcomeKind.CONFIRMED:
        _leave_processing(payout)
        return "confirm"
    if outcome.rejection is not None:
        failures.by_provider(outcome.rejection).put_on(payout)
        _leave_processing(payout)
        return "reject"
    before, payout.progress = payout.progress, _PROGRESS[outcome.kind]
    return "nothing" if payout.progress == before else "progress"


def _leave_processing(payout: Payout) -> None:
    payout.open_attempt_id = None
    payout.progress = None


def _attempt_row(attempt: PayoutAttempt, outcome: Outcome, *, at: datetime) -> dict[str, object]:
    final = outcome.kind in (OutcomeKind.CONFIRMED, OutcomeKind.REJECTED)
    inquiry = None if final else at + timedelta(seconds=settings.INQUIRY_SECONDS)
    kind = OutcomeKind.UNKNOWN if outcome.kind is OutcomeKind.NOT_FOUND else outcome.kind
    return {
        "id": str(attempt.id),
        "outcome": kind,
        "provider_reference": outcome.provider_reference,
        "evidence": {**outcome.evidence, **({"why": outcome.why} if outcome.why else {})},
        "next_inquiry_at": inquiry.isoformat() if inquiry else None,
        "closed_at": at.isoformat() if final else None,
    }


def _update_attempts(rows: list[dict[str, object]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [json.dumps(rows)])
