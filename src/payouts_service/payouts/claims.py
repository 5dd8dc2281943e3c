"""Claim work: take a set of rows that others have not, under a fence and a lease, and commit before anything is called.

Every due time is compared with PostgreSQL's clock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db.models import F, Q, QuerySet

from payouts_service.connectors import registry
from payouts_service.connectors.contract import OutcomeKind
from payouts_service.database.prepared import fetch, load
from payouts_service.payouts import attempts, flow, funds, holds, lifecycle, limits, queries
from payouts_service.payouts.clock import CLOCK
from payouts_service.payouts.models import Payout, PayoutAttempt, Progress
from payouts_service.payouts.steps import step
from payouts_service.payouts.wire import payout_id_text

_log = structlog.get_logger(__name__)
_LOOK_AGAIN: Final = 0.2
MOST_CLAIMS: Final = 5  # Claims in a row that brought no answer: whoever takes it dies of it.
_READY: Final = "connector = %(connector)s::text AND status = 'created' AND blockers = '{}'"
# Asked in the index's order, as ``queries.is_any`` does and says why.
_IS_READY: Final = f"""
SELECT 1 FROM payouts_payout
 WHERE {_READY} AND ready_at <= statement_timestamp() ORDER BY ready_at, id LIMIT 1
"""  # noqa: S608 - the program's own text.
# Not a moment later than at: no attempt is older than its payout's time.
_TAKE_READY: Final = f"""
WHERE {_READY} AND ready_at <= %(at)s::timestamptz
ORDER BY ready_at, id LIMIT %(most)s::int FOR NO KEY UPDATE SKIP LOCKED
"""
# The tenant's pause by a subquery that yields one value: PostgreSQL makes a join of an EXISTS, and where the table of
# tenants is a page or two it may read every payout that is due first.
_RETRY: Final = """
connector = %(connector)s::text AND progress = 'retrying' AND next_attempt_at <= statement_timestamp()
   AND (SELECT t.paused_at FROM tenants_tenant AS t WHERE t.id = tenant_id) IS NULL
"""
_IS_TO_RETRY: Final = f"SELECT 1 FROM payouts_payout WHERE {_RETRY} ORDER BY next_attempt_at, id LIMIT 1"  # noqa: S608 - as above.
_TAKE_TO_RETRY: Final = f"""
WHERE {_RETRY} ORDER BY next_attempt_at, id LIMIT %(most)s::int FOR NO KEY UPDATE SKIP LOCKED
"""
# Whether ``_due`` finds any, of one kind or the other: each claim asks.
_IS_DUE: Final = " UNION ALL ".join(
    f"""
(SELECT 1 FROM payouts_payoutattempt
  WHERE connector = %(connector)s::text AND {kind} AND next_inquiry_at <= statement_timestamp()
  ORDER BY next_inquiry_at, id LIMIT 1)
"""  # noqa: S608 - as above.
    for kind in ("sends_again", "NOT sends_again")
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt that this process owns until ``give_up_at`` (monotonic seconds).

    ``submits``: the claim was for submitting it; else the provider is asked. ``since_submitted`` and ``since_opened``
    are PostgreSQL's time at the claim, the former the least that it can be: counted from the answer to the submission
    or, where none was recorded, from the end of its lease.
    """

    attempt: PayoutAttempt
    token: UUID
    submits: bool
    since_submitted: timedelta
    since_opened: timedelta
    give_up_at: float


@dataclass(frozen=True, slots=True)
class Claim:
    """What was taken, and when to look again where a limit kept more from being taken; None: a hint will tell."""

    items: list[Claimed]
    look_again_seconds: float | None = None


def claim_payable(connector: str, most: int) -> Claim:
    """Take up to ``most`` payouts that are ready, oldest first, then some that are to be tried again."""
    can = registry.get(connector).capabilities
    started, token = monotonic(), uuid4()
    with step("claim", writes=True, durable=True):
        state = flow.lock(connector)
        at = queries.database_now()
        room = flow.room(state, can, "submit", wanted=most, others_wait=is_due(connector), at=at)
        if not room.calls:
            return Claim([], room.look_again_seconds)
        ready = load(Payout, _TAKE_READY, {"connector": connector, "at": at, "most": room.calls})
        payouts = _admitted(_unblocked(ready, at=at), at=at)
        opened = attempts.open_all(payouts, connector=connector, token=token, at=at)
        if len(opened) < room.calls:
            again = load(Payout, _TAKE_TO_RETRY, {"connector": connector, "most": room.calls - len(opened)})
            opened += attempts.open_all(again, connector=connector, token=token, at=at, again=True)
        flow.take(state, can, len(opened), at=at)
    items = [_claimed(attempt, token, at, started, submits=True) for attempt in opened]
    if len(payouts) < len(ready):
        return Claim(items, look_again_seconds=0.0)  # Those that may not be sent are out of the way of the rest now.
    return _limited(room, most, items)


def claim_due(connector: str, most: int) -> Claim:
    """Take up to ``most`` open attempts whose lease or pause is over: to ask after them, or to submit them again."""
    can = registry.get(connector).capabilities
    started, token = monotonic(), uuid4()
    with step("claim_due", writes=True, durable=True):
        state = flow.lock(connector)
        at = queries.database_now()
        room = flow.room(state, can, "inquire", wanted=most, others_wait=_is_ready(connector), at=at)
        if not room.calls:
            return Claim([], room.look_again_seconds)
        again, asked = _take_due(connector, room, asks=can.inquiry)
        taken = again + asked
        _lease(taken, [attempt.id for attempt in again], token=token, at=at)
        flow.take(state, can, len(taken), at=at)
    payouts = Payout.objects.in_bulk([attempt.payout_id for attempt in taken])
    for attempt in taken:
        attempt.payout = payouts[attempt.payout_id]
    items = [_claimed(attempt, token, at, started, submits=attempt in again) for attempt in taken]
    return _limited(room, most, items)


def park_hopeless(connector: str) -> int:
    """Leave to a person what so many workers claimed without an answer that claiming it must be what kills them."""
    hopeless = _due(connector, [False, True]).filter(claims__gte=MOST_CLAIMS)
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


def is_payable(connector: str) -> bool:
    """Whether a payout is ready, or to be tried again, now; whether it may be sent is another question."""
    return _is_ready(connector) or bool(fetch(_IS_TO_RETRY, {"connector": connector}))


def is_due(connector: str) -> bool:
    """Whether there is an attempt to ask after now."""
    return bool(fetch(_IS_DUE, {"connector": connector}))


def _is_ready(connector: str) -> bool:
    return bool(fetch(_IS_READY, {"connector": connector}))


def _due(connector: str, sends_again: Sequence[bool]) -> QuerySet[PayoutAttempt]:
    """Open ones: a closed attempt has no time at which it is asked after, by a check of PostgreSQL's.

    Both kinds are named where both are meant: the index is entered at each.
    """
    return PayoutAttempt.objects.filter(connector=connector, sends_again__in=sends_again, next_inquiry_at__lte=CLOCK)


def _take_due(connector: str, room: flow.Room, *, asks: bool) -> tuple[list[PayoutAttempt], list[PayoutAttempt]]:
    """Those to submit again, not while their tenant is paused, and those to ask after.

    The former are those that the provider lacks; all of them where it cannot be asked. Each kind is looked for by
    itself: so the index has them in their order, and none of the other kind is passed over.
    """
    sends = min(room.calls, room.sends)
    runs = Q(payout__tenant__paused_at=None)
    again = _leasable(_due(connector, [True]).filter(runs), sends)
    if asks:
        return again, _leasable(_due(connector, [False]), room.calls - len(again))
    return again + _leasable(_due(connector, [False]).filter(runs), sends - len(again)), []


def _leasable(due: QuerySet[PayoutAttempt], most: int) -> list[PayoutAttempt]:
    rows = due.filter(claims__lt=MOST_CLAIMS).order_by("next_inquiry_at", "id")
    return list(rows.select_for_update(skip_locked=True, no_key=True, of=("self",))[:most])


def _unblocked(payouts: list[Payout], *, at: datetime) -> list[Payout]:
    """Those that may be sent; the others get the blocker that keeps them from being met again at every claim."""
    paused = holds.paused_tenants({payout.tenant_id for payout in payouts})
    blocked = [payout for payout in payouts if payout.tenant_id in paused]
    for payout in blocked:
        payout.blockers = [holds.PAUSED]
    lifecycle.change(blocked, "payout.blocked", at=at)
    return [payout for payout in payouts if payout.tenant_id not in paused]


def _admitted(payouts: list[Payout], *, at: datetime) -> list[Payout]:
    """Those that fit into the limits and the funds alike, in their order; what the one refuses uses none of the other.

    The limits are locked first, the accounts last.
    """
    within, covered = limits.Book(payouts, at=at), funds.Book(payouts)
    admitted = []
    for payout in payouts:
        if within.admits(payout) and covered.takes(payout):
            within.enter(payout)
            admitted.append(payout)
    within.hold_back(at=at)
    covered.hold_back(at=at)
    return admitted


def _lease(taken: Sequence[PayoutAttempt], again: Collection[UUID], *, token: UUID, at: datetime) -> None:
    lease_until = at + timedelta(seconds=settings.LEASE_SECONDS)
    rows = PayoutAttempt.objects.filter(id__in=[attempt.id for attempt in taken])
    rows.update(
        claim_token=token,
        lease_until=lease_until,
        next_inquiry_at=lease_until,
        leased_for="inquire",
        claims=F("claims") + 1,
    )
    PayoutAttempt.objects.filter(id__in=again).update(
        submitted_at=lease_until, sends_again=False, not_found=0, leased_for="submit"
    )


def _limited(room: flow.Room, wanted: int, items: list[Claimed]) -> Claim:
    """Where the limits gave all that they had, there may be more to take once they give again."""
    return Claim(items, _LOOK_AGAIN if len(items) == room.calls < wanted else None)


def _claimed(attempt: PayoutAttempt, token: UUID, at: datetime, started: float, *, submits: bool) -> Claimed:
    return Claimed(
        attempt=attempt,
        token=token,
        submits=submits,
        since_submitted=at - (attempt.submitted_at or attempt.opened_at),
        since_opened=at - attempt.opened_at,
        give_up_at=started + settings.LEASE_SECONDS,
    )
