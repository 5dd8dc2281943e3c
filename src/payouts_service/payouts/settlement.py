"""Settle what calls brought: close attempts, move payouts, decide when to ask or send again. One transaction a set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_UP
from typing import Any, Final, Literal
from uuid import UUID

from django.conf import settings

from payouts_service.connectors.contract import Outcome, OutcomeKind
from payouts_service.database.prepared import as_json, fetch, load, run
from payouts_service.kit.money import in_units
from payouts_service.ledger.accounts import has_moved
from payouts_service.ledger.chart import Move, MoveKind
from payouts_service.payouts import failures, funds, lifecycle, queries
from payouts_service.payouts.attempts import leave_processing
from payouts_service.payouts.models import Decision, Payout, PayoutAttempt, Progress
from payouts_service.payouts.retries import wait_before_retry
from payouts_service.payouts.steps import step

Call = Literal["submit", "inquire"]

LONGEST_PAUSE: Final = timedelta(hours=1)
_DOUBLINGS: Final = 12
_NOT_FOUND_TO_BE_SURE: Final = 2
_FINAL: Final = (OutcomeKind.CONFIRMED, OutcomeKind.REJECTED)

# That it is open is said so that no index of open attempts answers to it: where statistics are old, PostgreSQL would
# walk all of them instead of looking up each id. For the array of ids: see ``lifecycle``.
_UPDATE: Final = """
WITH c AS MATERIALIZED (
     SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS c (
            id uuid, claim_token uuid, outcome text, provider_reference text, evidence jsonb, acknowledged bool,
            sends_again bool, inquiries int, not_found int, next_inquiry_at timestamptz, closed_at timestamptz,
            submitted_at timestamptz, returns_due_at timestamptz))
UPDATE payouts_payoutattempt AS a
   SET outcome = c.outcome, provider_reference = c.provider_reference, evidence = c.evidence,
       acknowledged = c.acknowledged, sends_again = c.sends_again, inquiries = c.inquiries, not_found = c.not_found,
       claims = 0, lease_until = NULL, next_inquiry_at = c.next_inquiry_at, closed_at = c.closed_at,
       submitted_at = c.submitted_at, returns_due_at = c.returns_due_at
  FROM c
 WHERE a.id = ANY (ARRAY(SELECT id FROM c)) AND a.id = c.id
   AND a.claim_token = c.claim_token AND coalesce(a.closed_at, 'infinity') = 'infinity'
"""
_LOCK: Final = "WHERE id = ANY (%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_CALLED: Final = """
SELECT connector, reference, received_at
  FROM payouts_callback
  JOIN unnest(%(connectors)s::text[], %(references)s::text[]) AS c (connector, reference) USING (connector, reference)
 WHERE received_at >= %(since)s::timestamptz
"""
_KEEP: Final = """
INSERT INTO payouts_exchange (attempt_id, call, outcome, evidence, late, recorded_at)
SELECT e.*, %(at)s::timestamptz
  FROM jsonb_to_recordset(%(exchanges)s::jsonb) AS e (
       attempt_id uuid, call text, outcome text, evidence jsonb, late bool)
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a call brought: the attempt, the fence that the caller held when it called, the call and its outcome."""

    payout_id: UUID
    attempt_id: UUID
    claim_token: UUID
    call: Call
    outcome: Outcome


def settle(results: Sequence[Result]) -> list[Result]:
    """Record what calls brought, in one transaction; returns the stale results, which moved nothing.

    A result is stale where another worker or a person has taken the attempt since the call began, the fence, or where
    it is recorded already. It is kept beside the attempt all the same, and told as a discrepancy where it contradicts
    how the attempt ended.
    """
    with step("settle", writes=True):
        payouts = _locked(Payout, [result.payout_id for result in results])
        attempts = _locked(PayoutAttempt, [result.attempt_id for result in results])
        at = queries.database_now()
        called = _called_meanwhile(attempts.values())
        stale: list[Result] = []
        asked_at_once: list[UUID] = []
        returned: list[UUID] = []
        rows: list[dict[str, Any]] = []
        by_verb: dict[str, list[Payout]] = defaultdict(list)
        for result in results:
            payout, attempt = payouts[result.payout_id], attempts[result.attempt_id]
            if _is_stale(result, attempt):
                stale.append(result)
                contradicted = contradicts(attempt, result.outcome.kind)
                if contradicted and payout not in by_verb["payout.discrepancy_found"]:
                    by_verb["payout.discrepancy_found"].append(payout)
                if result.outcome.returned is not None and not contradicted:
                    returned.append(attempt.id)
                if attempt.closed_at is None and attempt.claim_token is None and result.outcome.kind in _FINAL:
                    asked_at_once.append(attempt.id)  # Parked, and now there is news of it.
                continue
            if result.call == "submit":
                attempt.submitted_at = at  # It had gone out by then, however late in its lease.
            by_verb[_learn(payout, attempt, result.outcome, called=attempt.id in called, at=at)].append(payout)
            rows.append(_row(attempt))
        _update_attempts(rows)
        if asked_at_once:
            PayoutAttempt.objects.filter(id__in=asked_at_once).update(next_inquiry_at=at, claims=0)
        if returned:
            PayoutAttempt.objects.filter(id__in=returned).update(returns_due_at=at)
        _keep(results, stale, at=at)
        charged = [result for result in results if result not in stale or _tells_fee(result, payouts, attempts)]
        lifecycle.move_all({verb: by_verb[verb] for verb in ("confirm", "reject")}, at=at, fees=_fees(charged, payouts))
        for event in ("payout.progressed", "payout.discrepancy_found"):
            lifecycle.change(by_verb[event], event, at=at)
    return stale


def _is_stale(result: Result, attempt: PayoutAttempt) -> bool:
    """Without a lease the answer is recorded, and only the reply to that commit was lost: it counts once."""
    recorded = attempt.closed_at is not None or attempt.lease_until is None
    return recorded or attempt.claim_token != result.claim_token


def _fees(results: Sequence[Result], payouts: Mapping[UUID, Payout]) -> list[Move]:
    """What providers charged, once for each attempt, in whole units of the currency: a part of one counts as one."""
    fees = {}
    for result in results:
        if result.outcome.fee is not None:
            payout = payouts[result.payout_id]
            charged = in_units(result.outcome.fee, payout.currency, rounding=ROUND_UP)
            fees[result.attempt_id] = Move(MoveKind.FEE, funds.chart_of(payout), charged, result.attempt_id)
    return list(fees.values())


def _tells_fee(late: Result, payouts: Mapping[UUID, Payout], attempts: Mapping[UUID, PayoutAttempt]) -> bool:
    """Whether a late answer agrees with how the attempt ended, and is the first to tell of a fee."""
    attempt = attempts[late.attempt_id]
    if late.outcome.fee is None or attempt.closed_at is None or contradicts(attempt, late.outcome.kind):
        return False
    tenant_id = payouts[late.payout_id].tenant_id
    return not has_moved(MoveKind.FEE, tenant_id=tenant_id, subject_id=attempt.id)


def _called_meanwhile(attempts: Collection[PayoutAttempt]) -> set[UUID]:
    """Those about which the provider called since their lease began: they are worth asking after at once."""
    lease = timedelta(seconds=settings.LEASE_SECONDS)
    begun = {
        (attempt.connector, attempt.reference): (attempt.id, attempt.lease_until - lease)
        for attempt in attempts
        if attempt.lease_until is not None
    }
    if not begun:
        return set()
    wanted = {
        "connectors": [connector for connector, _ in begun],
        "references": [reference for _, reference in begun],
        "since": min(since for _, since in begun.values()),
    }
    found = set()
    for connector, reference, received_at in fetch(_CALLED, wanted):
        attempt_id, since = begun.get((connector, reference), (None, received_at))
        if attempt_id is not None and received_at >= since:
            found.add(attempt_id)
    return found


def inquiry_pause(inquiries: int) -> timedelta:
    """How long to wait before asking once more: INQUIRY_SECONDS at first, doubled each time, an hour at most."""
    seconds: float = settings.INQUIRY_SECONDS * 2 ** min(inquiries, _DOUBLINGS)
    return min(timedelta(seconds=seconds), LONGEST_PAUSE)


def _locked(model: Any, row_ids: list[UUID]) -> Any:
    """The rows by id, under their locks taken in the order of their ids."""
    return {row.id: row for row in load(model, _LOCK, {"ids": row_ids})}


def _learn(payout: Payout, attempt: PayoutAttempt, outcome: Outcome, *, called: bool, at: datetime) -> str:
    """Set on payout and attempt what follows from the outcome; the verb or the event to write the payout with.

    ``called``: the provider has called about it since the call began.
    """
    attempt.provider_reference = outcome.provider_reference or attempt.provider_reference
    attempt.evidence = _evidence(outcome)
    if outcome.kind in _FINAL:
        return _end(payout, attempt, outcome, at=at)
    contradicted = outcome.kind is OutcomeKind.NOT_FOUND and attempt.acknowledged
    attempt.acknowledged |= outcome.kind is OutcomeKind.ACCEPTED
    missing = outcome.kind is OutcomeKind.NOT_FOUND and not attempt.acknowledged
    attempt.not_found = attempt.not_found + 1 if missing else 0
    attempt.sends_again = attempt.not_found >= _NOT_FOUND_TO_BE_SURE
    pause = inquiry_pause(0 if missing else attempt.inquiries)  # Asked once more soon: then it is sent again.
    attempt.next_inquiry_at = at if attempt.sends_again or called else at + pause
    attempt.inquiries += 1
    accepted = outcome.kind is OutcomeKind.ACCEPTED
    attempt.outcome = OutcomeKind.ACCEPTED if accepted else OutcomeKind.UNKNOWN
    before, payout.progress = payout.progress, Progress.ACCEPTED if accepted else Progress.UNKNOWN
    if contradicted and before != payout.progress:
        return "payout.discrepancy_found"
    return "nothing" if payout.progress == before else "payout.progressed"


def _evidence(outcome: Outcome) -> dict[str, object]:
    return {**outcome.evidence, "why": outcome.why} if outcome.why else dict(outcome.evidence)


def _end(payout: Payout, attempt: PayoutAttempt, outcome: Outcome, *, at: datetime) -> str:
    attempt.outcome = outcome.kind
    attempt.closed_at = at
    attempt.next_inquiry_at = None
    attempt.sends_again = False
    if outcome.returned is not None:
        attempt.returns_due_at = at
    leave_processing(payout)
    if outcome.rejection is None:
        return "confirm"
    wait = wait_before_retry(outcome.rejection, attempts=payout.attempts)
    if wait is not None:
        payout.progress = Progress.RETRYING
        payout.next_attempt_at = at + wait
        return "payout.progressed"
    failures.by_provider(outcome.rejection).put_on(payout)
    return "reject"


def contradicts(attempt: PayoutAttempt, late: str) -> bool:
    """Whether a late final outcome says otherwise than how the attempt ended, by a provider's or a person's word."""
    if attempt.closed_at is None or late not in _FINAL:
        return False
    decision = Decision.objects.filter(attempt=attempt).first()
    return late != (decision.outcome if decision else attempt.outcome)


def _row(attempt: PayoutAttempt) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "claim_token": attempt.claim_token,
        "outcome": attempt.outcome,
        "provider_reference": attempt.provider_reference,
        "evidence": attempt.evidence,
        "acknowledged": attempt.acknowledged,
        "sends_again": attempt.sends_again,
        "inquiries": attempt.inquiries,
        "not_found": attempt.not_found,
        "next_inquiry_at": attempt.next_inquiry_at,
        "closed_at": attempt.closed_at,
        "submitted_at": attempt.submitted_at,
        "returns_due_at": attempt.returns_due_at,
    }


def _update_attempts(rows: list[dict[str, Any]]) -> None:
    if run(_UPDATE, {"rows": as_json(rows)}) != len(rows):
        raise lifecycle.StaleTransition("an attempt changed under its lock")


def _keep(results: Sequence[Result], stale: Sequence[Result], *, at: datetime) -> None:
    """Every answer is kept beside its attempt, the late ones marked."""
    rows = [
        {
            "attempt_id": result.attempt_id,
            "call": result.call,
            "outcome": result.outcome.kind,
            "evidence": _evidence(result.outcome),
            "late": result in stale,
        }
        for result in results
    ]
    run(_KEEP, {"at": at, "exchanges": as_json(rows)})
