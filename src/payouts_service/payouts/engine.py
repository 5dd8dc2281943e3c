"""The engine: claim, commit, call the connector, settle. The network is never called inside a transaction.

A worker claims a set of payouts, each with an attempt and its reference, and commits. Only then does it call the
connector, from threads that never touch the database. Outcomes are settled in sets as they arrive. Whatever dies in
between leaves an attempt whose lease runs out; then the provider is asked what became of the reference.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, Func

from payouts_service.connectors import registry
from payouts_service.connectors.contract import Connector, Outcome, OutcomeKind, PaymentInstruction, not_found, unknown
from payouts_service.kit.money import amount_text
from payouts_service.payouts import attempts, queries
from payouts_service.payouts.attempts import SEALED_COLUMN, Result
from payouts_service.payouts.metrics import count_outcome
from payouts_service.payouts.models import Payout, PayoutAttempt, Status
from payouts_service.payouts.wire import payout_id_text
from payouts_service.recipients.sealing import open_sealed

_log = structlog.get_logger(__name__)
_CLOCK: Final = Func(function="clock_timestamp", output_field=DateTimeField())


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt that this process owns until ``give_up_at`` (monotonic seconds)."""

    payout_id: UUID
    attempt_id: UUID
    claim_token: UUID
    instruction: PaymentInstruction
    age: timedelta
    give_up_at: float


Claim = Callable[[str, int], list[Claimed]]
Call = Callable[["Connector", Claimed], "Outcome | None"]


def pay_ready(connector_name: str, *, budget_seconds: float) -> bool:
    """Send what is ready for this connector, oldest first; True where time ran out before the work did."""
    return _work(connector_name, claim_ready, _submit, budget_seconds=budget_seconds)


def ask_due(connector_name: str, *, budget_seconds: float) -> bool:
    """Ask after attempts without an end whose time has come; True where time ran out before the work did."""
    return _work(connector_name, claim_due, _inquire, budget_seconds=budget_seconds)


def claim_ready(connector_name: str, most: int) -> list[Claimed]:
    """Take up to ``most`` ready payouts, with an attempt each, and commit."""
    started = monotonic()
    token = uuid4()
    with transaction.atomic():
        ready = Payout.objects.filter(
            connector=connector_name, status=Status.CREATED, blockers=[], ready_at__lte=_CLOCK
        ).select_for_update(skip_locked=True, no_key=True, of=("self",))
        payouts = list(ready.order_by("ready_at", "id")[:most])
        if not payouts:
            return []
        at = queries.database_now()
        opened = attempts.open_all(payouts, connector=connector_name, token=token, at=at)
    return [_claimed(attempt, token, timedelta(0), started) for attempt in opened]


def claim_due(connector_name: str, most: int) -> list[Claimed]:
    """Take up to ``most`` open attempts whose lease or pause is over, under a new fence, and commit."""
    started = monotonic()
    token = uuid4()
    with transaction.atomic():
        due = PayoutAttempt.objects.filter(
            connector=connector_name, closed_at=None, next_inquiry_at__lte=_CLOCK
        ).select_for_update(skip_locked=True, no_key=True)
        taken = list(due.order_by("next_inquiry_at", "id")[:most])
        if not taken:
            return []
        at = queries.database_now()
        lease_until = at + timedelta(seconds=settings.LEASE_SECONDS)
        PayoutAttempt.objects.filter(id__in=[attempt.id for attempt in taken]).update(
            claim_token=token, lease_until=lease_until, next_inquiry_at=lease_until
        )
    payouts = Payout.objects.in_bulk([attempt.payout_id for attempt in taken])
    for attempt in taken:
        attempt.payout = payouts[attempt.payout_id]
    return [_claimed(attempt, token, at - attempt.opened_at, started) for attempt in taken]


def _claimed(attempt: PayoutAttempt, token: UUID, age: timedelta, started: float) -> Claimed:
    payout = attempt.payout
    instruction = PaymentInstruction(
        reference=attempt.reference,
        payout_id=payout_id_text(payout.id),
        amount=Decimal(amount_text(payout.amount, payout.currency)),  # The column has more digits than the currency.
        currency=payout.currency,
        recipient=open_sealed(payout.details_sealed, row_id=payout.id, column=SEALED_COLUMN),
        metadata=payout.metadata,
    )
    return Claimed(payout.id, attempt.id, token, instruction, age, started + settings.LEASE_SECONDS)


def _work(connector_name: str, claim: Claim, call: Call, *, budget_seconds: float) -> bool:
    """Keep up to ``max_in_flight`` calls under way until nothing is left to claim or the time is over."""
    connector = registry.get(connector_name)
    most = min(connector.capabilities.max_in_flight, settings.CLAIM_SIZE)
    ends_at = monotonic() + budget_seconds
    in_flight: dict[Future[Outcome | None], Claimed] = {}
    more = True
    with ThreadPoolExecutor(max_workers=most, thread_name_prefix=connector_name) as threads:
        while True:
            free = most - len(in_flight)
            if more and monotonic() < ends_at and free * 4 >= most:  # Claims of less than a quarter cost too much.
                claimed = claim(connector_name, free)
                more = len(claimed) == free
                in_flight |= {threads.submit(_guarded, call, connector, item): item for item in claimed}
            if not in_flight:
                return more
            done, _ = wait(in_flight, return_when=FIRST_COMPLETED)
            _settle([(in_flight.pop(future), future.result()) for future in done])


def _settle(answers: list[tuple[Claimed, Outcome | None]]) -> None:
    results = [
        Result(item.payout_id, item.attempt_id, item.claim_token, outcome)
        for item, outcome in answers
        if outcome is not None
    ]
    stale = attempts.settle(results)
    for result in results:
        ids = {"payout_id": payout_id_text(result.payout_id), "attempt_id": str(result.attempt_id)}
        if result in stale:
            _log.warning("outcome_came_too_late", outcome=result.outcome.kind, **ids)
        else:
            count_outcome(result.outcome.kind)
            _log.info("outcome", outcome=result.outcome.kind, why=result.outcome.why, **ids)


def _guarded(call: Call, connector: Connector, item: Claimed) -> Outcome | None:
    """One call. None where the lease would end before the answer: then nothing is sent, and the lease runs out."""
    if monotonic() + connector.capabilities.call_timeout_seconds >= item.give_up_at:
        _log.warning("lease_too_short_to_send", attempt_id=str(item.attempt_id))
        return None
    try:
        return call(connector, item)
    except Exception:  # noqa: BLE001 - A connector must not raise; what it had sent by then nobody can say.
        _log.exception("connector_failed", connector=connector.name, attempt_id=str(item.attempt_id))
        return unknown("the connector failed")


def _submit(connector: Connector, item: Claimed) -> Outcome:
    return connector.submit(item.instruction)


def _inquire(connector: Connector, item: Claimed) -> Outcome | None:
    """Ask by reference; send the same reference again only where the provider lacks it and would pay it once."""
    can = connector.capabilities
    outcome = connector.inquire(item.instruction) if can.inquiry else not_found()
    if outcome.kind is not OutcomeKind.NOT_FOUND:
        return outcome
    if can.inquiry and item.age < can.visible_after:
        return unknown("the provider does not show the payment yet")
    if not can.idempotent_submit or (can.reference_memory is not None and item.age >= can.reference_memory):
        return unknown("the provider does not have the payment, and sending it again would not be safe")
    return _guarded(_submit, connector, item)


def connectors_with_ready() -> list[str]:
    """The connectors for which a payout is ready now."""
    ready = Payout.objects.filter(status=Status.CREATED, blockers=[], ready_at__lte=_CLOCK)
    return [name for name in registry.names_that_submit() if ready.filter(connector=name).exists()]


def connectors_with_due() -> list[str]:
    """The connectors that have an attempt to ask after now."""
    due = PayoutAttempt.objects.filter(closed_at=None, next_inquiry_at__lte=_CLOCK)
    return [name for name in registry.names_that_submit() if due.filter(connector=name).exists()]
