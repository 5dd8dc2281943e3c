"""Claim work: take a set of rows that others have not, under a fence and a lease, and commit before anything is called.

Every due time is compared with PostgreSQL's clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db.models import DateTimeField, F, Func, QuerySet

from payouts_service.connectors import registry
from payouts_service.connectors.contract import OutcomeKind
from payouts_service.payouts import attempts, lifecycle, queries
from payouts_service.payouts.models import Payout, PayoutAttempt, Progress, Status
from payouts_service.payouts.steps import step
from payouts_service.payouts.wire import payout_id_text

_log = structlog.get_logger(__name__)
_CLOCK: Final = Func(function="clock_timestamp", output_field=DateTimeField())
MOST_CLAIMS: Final = 5  # Claims in a row that brought no answer: whoever takes it dies of it.


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt that this process owns until ``give_up_at`` (monotonic seconds).

    ``submits``: the claim was for submitting it; else the provider is asked. ``since_submitted`` and ``since_opened``
    are PostgreSQL's time at the claim.
    """

    attempt: PayoutAttempt
    token: UUID
    submits: bool
    since_submitted: timedelta
    since_opened: timedelta
    give_up_at: float


def claim_payable(connector: str, most: int) -> list[Claimed]:
    """Take up to ``most`` payouts that are ready, oldest first, then some that are to be tried again."""
    claimed = _open(_ready(connector).order_by("ready_at", "id"), connector, most, again=False)
    if len(claimed) < most:
        rest = most - len(claimed)
        claimed += _open(_to_retry(connector).order_by("next_attempt_at", "id"), connector, rest, again=True)
    return claimed


def claim_due(connector: str, most: int) -> list[Claimed]:
    """Take up to ``most`` open attempts whose lease or pause is over: to ask after them, or to submit them again."""
    started, token = monotonic(), uuid4()
    with step("claim_due", writes=True):
        rows = _due(connector).filter(claims__lt=MOST_CLAIMS).select_for_update(skip_locked=True, no_key=True)
        taken = list(rows.order_by("next_inquiry_at", "id")[:most])
        if not taken:
            return []
        at = queries.database_now()
        inquires = registry.get(connector).capabilities.inquiry
        again = {attempt.id for attempt in taken if attempt.sends_again or not inquires}
        lease_until = at + timedelta(seconds=settings.LEASE_SECONDS)
        all_rows = PayoutAttempt.objects.filter(id__in=[attempt.id for attempt in taken])
        all_rows.update(claim_token=token, lease_until=lease_until, next_inquiry_at=lease_until, claims=F("claims") + 1)
        PayoutAttempt.objects.filter(id__in=again).update(submitted_at=at, sends_again=False, not_found=0)
    payouts = Payout.objects.in_bulk([attempt.payout_id for attempt in taken])
    for attempt in taken:
        attempt.payout = payouts[attempt.payout_id]
    return [_claimed(attempt, token, at, started, submits=attempt.id in again) for attempt in taken]


def park_hopeless(connector: str) -> int:
    """Leave to a person what so many workers claimed without an answer that claiming it must be what kills them."""
    hopeless = _due(connector).filter(claims__gte=MOST_CLAIMS)
    with step("park", writes=True):
        locked = Payout.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("id")
        payouts = {row.id: row for row in locked.filter(id__in=list(hopeless.values_list("payout_id", flat=True)))}
        # Looked at once more under the payouts' locks: an answer may have come in between.
        rows = list(hopeless.filter(payout_id__in=payouts).select_for_update(no_key=True).order_by("id"))
        PayoutAttempt.objects.filter(id__in=[row.id for row in rows]).update(
            next_inquiry_at=None,
            lease_until=None,
            claim_token=None,  # A worker that is not dead after all changes nothing any more.
            outcome=OutcomeKind.UNKNOWN,
            evidence={"why": f"claimed {MOST_CLAIMS} times without an answer; parked for a person"},
        )
        parked = [payouts[row.payout_id] for row in rows]
        for payout in parked:
            payout.progress = Progress.UNKNOWN
            _log.error("payout_parked", payout_id=payout_id_text(payout.id), claims=MOST_CLAIMS)
        lifecycle.change(parked, "payout.parked", at=queries.database_now())
    return len(parked)


def connectors_with_work() -> list[str]:
    """The connectors for which a payout is ready, or to be tried again, now."""
    return [name for name in registry.names_that_submit() if _ready(name).exists() or _to_retry(name).exists()]


def connectors_with_due() -> list[str]:
    """The connectors that have an attempt to ask after now."""
    return [name for name in registry.names_that_submit() if _due(name).exists()]


def _ready(connector: str) -> QuerySet[Payout]:
    return Payout.objects.filter(connector=connector, status=Status.CREATED, blockers=[], ready_at__lte=_CLOCK)


def _to_retry(connector: str) -> QuerySet[Payout]:
    return Payout.objects.filter(connector=connector, progress=Progress.RETRYING, next_attempt_at__lte=_CLOCK)


def _due(connector: str) -> QuerySet[PayoutAttempt]:
    return PayoutAttempt.objects.filter(connector=connector, closed_at=None, next_inquiry_at__lte=_CLOCK)


def _open(rows: QuerySet[Payout], connector: str, most: int, *, again: bool) -> list[Claimed]:
    started, token = monotonic(), uuid4()
    with step("claim", writes=True):
        payouts = list(rows.select_for_update(skip_locked=True, no_key=True, of=("self",))[:most])
        if not payouts:
            return []
        at = queries.database_now()
        opened: Iterable[PayoutAttempt] = attempts.open_all(
            payouts, connector=connector, token=token, at=at, again=again
        )
    return [_claimed(attempt, token, at, started, submits=True) for attempt in opened]


def _claimed(attempt: PayoutAttempt, token: UUID, at: datetime, started: float, *, submits: bool) -> Claimed:
    return Claimed(
        attempt=attempt,
        token=token,
        submits=submits,
        since_submitted=at - (attempt.submitted_at or attempt.opened_at),
        since_opened=at - attempt.opened_at,
        give_up_at=started + settings.LEASE_SECONDS,
    )
