"""Attempts: opened with a reference before anything is sent, closed by an outcome or by a person's decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from payouts_service.connectors import registry
from payouts_service.connectors.contract import Capabilities, OutcomeKind
from payouts_service.database.prepared import as_json, row_of, run
from payouts_service.events.actor import current_actor
from payouts_service.kit import ids
from payouts_service.payouts import failures, funds, lifecycle
from payouts_service.payouts.models import Decision, Payout, PayoutAttempt, Progress, Status
from payouts_service.payouts.requests import UpdatePayout

MANUAL: Final = "manual"
SEALED_COLUMN: Final = "payouts_payout.details_sealed"
_INSERT: Final = """
INSERT INTO payouts_payoutattempt (
       id, payout_id, number, connector, reference, metadata, evidence, acknowledged, sends_again, inquiries, not_found,
       claims, claim_token, lease_until, leased_for, next_inquiry_at, submitted_at, opened_at)
SELECT o.id, o.payout_id, o.number, %(connector)s::text, o.reference, o.metadata, '{}', false, false, 0, 0,
       1, %(claim_token)s::uuid, %(lease_until)s::timestamptz, %(leased_for)s::text, %(lease_until)s::timestamptz,
       %(lease_until)s::timestamptz, %(opened_at)s::timestamptz
  FROM jsonb_to_recordset(%(opened)s::jsonb) AS o (id uuid, payout_id uuid, number int, reference text, metadata jsonb)
"""


def open_all(
    payouts: Sequence[Payout], *, connector: str, token: UUID | None, at: datetime, again: bool = False
) -> list[PayoutAttempt]:
    """Claim these payouts for a connector: one attempt each, stored before anything is sent. Under their locks.

    ``token`` is the fence of a worker, which also gets a lease; None where a person pays. ``again``: these payouts are
    in ``processing`` already, and their last attempt was refused.
    """
    lease_until = at + timedelta(seconds=settings.LEASE_SECONDS) if token else None
    common = {
        "connector": connector,
        "claim_token": token,
        "lease_until": lease_until,
        "leased_for": "submit" if token else None,
        "next_inquiry_at": lease_until,
        "submitted_at": lease_until,  # Within the lease; until it is answered, nobody knows when.
        "opened_at": at,
    }
    opened, rows = [], []
    for payout in payouts:
        attempt_id = ids.new_id()
        payout.attempts += 1
        payout.open_attempt_id = attempt_id
        payout.progress = Progress.IN_FLIGHT
        payout.next_attempt_at = None
        own = {
            "id": attempt_id,
            "payout_id": payout.id,
            "number": payout.attempts,
            "reference": attempt_id.hex,
            "metadata": payout.metadata,
        }
        attempt = row_of(PayoutAttempt, {**common, **own})
        attempt.payout = payout
        opened.append(attempt)
        rows.append(own)
    if rows:
        run(_INSERT, {**common, "opened": as_json(rows)})  # What they have in common is told once.
    if again:
        lifecycle.change(payouts, "payout.retried", at=at)
    else:
        lifecycle.move(payouts, "claim", at=at)
    return opened


def open_by_hand(payout: Payout, *, at: datetime) -> PayoutAttempt:
    """A person takes the payout: an attempt that no worker touches. Under the payout's lock.

    Raises funds.InsufficientFunds.
    """
    funds.require(payout)
    return open_all([payout], connector=MANUAL, token=None, at=at)[0]


def lock_open(payout: Payout) -> PayoutAttempt | None:
    """The open attempt of a payout, under its lock, or None while it waits to be tried again.

    The caller holds the payout's lock.
    """
    return PayoutAttempt.objects.select_for_update(no_key=True).filter(payout=payout, closed_at=None).first()


def leave_processing(payout: Payout) -> None:
    """Clear what stands beside the status ``processing``; the caller's move writes it."""
    payout.open_attempt_id = None
    payout.progress = None
    payout.next_attempt_at = None


def may_be_decided(attempt: PayoutAttempt, *, at: datetime) -> bool:
    """Whether no worker is asking or sending right now, and the outcome is unknown or the connector is gone."""
    idle = attempt.lease_until is None or attempt.lease_until <= at
    return idle and (attempt.outcome == OutcomeKind.UNKNOWN or attempt.connector not in registry.all_names())


def may_be_sent_again(can: Capabilities, age: timedelta) -> bool:
    """Whether a provider would pay a reference once that is claimed at this age, and goes out before the lease ends."""
    latest = age + timedelta(seconds=settings.LEASE_SECONDS)
    return can.idempotent_submit and (can.reference_memory is None or latest < can.reference_memory)


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
    leave_processing(payout)
    lifecycle.move([payout], "confirm" if succeeded else "reject", at=at)
