"""The engine: claim, commit, call the connector, settle. The network is never called inside a transaction.

A worker claims a set of payouts, each with an attempt and its reference, and commits. Only then does it call the
connector, from threads that never touch the database. Outcomes are settled in sets as they arrive. Whatever dies in
between leaves an attempt whose lease runs out; then the provider is asked what became of the reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from time import monotonic, sleep
from typing import Final

import structlog
from django.conf import settings
from django.db.utils import DatabaseError, Error, OperationalError
from psycopg import errors as postgres

from payouts_service.connectors import registry
from payouts_service.connectors.contract import Connector, Outcome, OutcomeKind, PaymentInstruction, unknown
from payouts_service.hints.stopping import stopping
from payouts_service.kit.money import amount_text
from payouts_service.payouts import flow, lifecycle
from payouts_service.payouts.attempts import SEALED_COLUMN, may_be_sent_again
from payouts_service.payouts.calls import Answer, Callers, Calls
from payouts_service.payouts.claims import Claim, Claimed, claim_due, claim_payable, is_due, is_payable
from payouts_service.payouts.metrics import count_outcomes
from payouts_service.payouts.models import PayoutAttempt
from payouts_service.payouts.settlement import Result, settle
from payouts_service.payouts.steps import step
from payouts_service.payouts.wire import payout_id_text
from payouts_service.recipients.sealing import open_sealed

_log = structlog.get_logger(__name__)
_TRIES_TO_SETTLE: Final = 5
_LOOK_SECONDS: Final = 0.1
_NOT_SENT_AGAIN: Final = unknown("the provider does not have the payment, and sending it again would not be safe")
_OUR_FAULT: Final = unknown("the connector failed, or the payout could not be read")

Taker = Callable[[str, int], Claim]


@dataclass
class _Lane:
    """One connector's calls from this process: what is under way, and when to look for more (monotonic seconds)."""

    connector: Connector
    most: int
    callers: Callers
    look_at: float = 0.0
    waits: bool = False
    """Whether there was more to take than could be taken at the last look."""

    def fill(self, take: Taker, has_work: Callable[[str], bool]) -> None:
        """Claim what there is, and begin to call."""
        free = self.callers.free
        if monotonic() < self.look_at or free * 4 < self.most:  # Claims of less than a quarter cost too much.
            return
        name = self.connector.name
        claim = _take(take, name, free) if self.waits or has_work(name) else Claim([])
        self.callers.begin(claim.items)
        full = len(claim.items) == free
        self.waits = full or claim.look_again_seconds is not None
        self.look_at = 0.0 if full else monotonic() + (claim.look_again_seconds or _LOOK_SECONDS)

    def has_places_again(self) -> None:
        """Its own answers gave places back: look at once where these, and not the rate, kept it from more."""
        if self.waits and self.connector.capabilities.rate_limit is None:
            self.look_at = 0.0


def _take(take: Taker, connector: str, most: int) -> Claim:
    """Take; where others hold the connector's row for longer than ``lock_timeout``, look again soon."""
    try:
        return take(connector, most)
    except OperationalError as error:
        if not isinstance(error.__cause__, postgres.LockNotAvailable):
            raise
    _log.warning("connector_busy", connector=connector)
    return Claim([], _LOOK_SECONDS)


def pay_ready(connector: str, *, budget_seconds: float) -> bool:
    """Send what is ready, this connector's first, then all others'; True where time ran out before the work did."""
    return _work(claim_payable, is_payable, first=connector, budget_seconds=budget_seconds)


def ask_due(connector: str, *, budget_seconds: float) -> bool:
    """Ask after attempts without an end whose time has come; True where time ran out before the work did."""
    return _work(claim_due, is_due, first=connector, budget_seconds=budget_seconds)


def _work(take: Taker, has_work: Callable[[str], bool], *, first: str, budget_seconds: float) -> bool:
    """Keep calls under way, for every connector at once, until nothing is left to claim or the time is over.

    So a provider that hangs holds up its own calls and no others: this process goes on claiming, calling and settling
    for the rest, and looks for their work at least every tenth of a second.
    """
    ends_at = monotonic() + budget_seconds
    calls = Calls()
    with ExitStack() as stack:
        names = sorted(registry.names_that_submit(), key=lambda name: name != first)
        lanes = {name: _lane(name, calls, stack) for name in names}
        while True:
            over = monotonic() >= ends_at or stopping()
            for lane in [] if over else lanes.values():
                lane.fill(take, has_work)
            waits = any(lane.waits for lane in lanes.values())
            if not calls.under_way and (over or not waits):
                return waits
            if calls.under_way:
                answers = calls.take(patience_seconds=_LOOK_SECONDS)
                record(answers)
                for name in {item.attempt.connector for item, _ in answers}:
                    lanes[name].has_places_again()
            else:
                sleep(_LOOK_SECONDS)


def _lane(name: str, calls: Calls, stack: ExitStack) -> _Lane:
    connector = registry.get(name)
    most = min(connector.capabilities.max_in_flight, settings.CLAIM_SIZE)
    return _Lane(connector, most, stack.enter_context(calls.callers(name, most, partial(_call, connector))))


def record(answers: Sequence[Answer]) -> None:
    """Settle what the calls brought, and tell the logs; None is an answer of which nothing was sent."""
    results = [
        Result(item.attempt.payout_id, item.attempt.id, item.token, "submit" if item.submits else "inquire", outcome)
        for item, outcome in answers
        if outcome is not None
    ]
    settled, stale = _settle_apart(results)
    _tell_logs(settled, stale)
    _tell_breakers(answers)


def _tell_logs(settled: Sequence[Result], stale: Sequence[Result]) -> None:
    """One line for each kind of outcome in the set; a line of its own for what came too late, or says why."""
    plain: dict[OutcomeKind, list[Result]] = defaultdict(list)
    for result in settled:
        kind, why = result.outcome.kind, result.outcome.why
        if result in stale:
            _log.warning("outcome_came_too_late", outcome=kind, **_ids(result))
        elif why:
            count_outcomes(kind, 1)
            _log.info("outcome", outcome=kind, why=why, **_ids(result))
        else:
            plain[kind].append(result)
    for kind, same in plain.items():
        count_outcomes(kind, len(same))
        _log.info("outcomes", outcome=kind, payout_ids=[payout_id_text(result.payout_id) for result in same])


def _ids(result: Result) -> dict[str, str]:
    return {"payout_id": payout_id_text(result.payout_id), "attempt_id": str(result.attempt_id)}


def _tell_breakers(answers: Sequence[Answer]) -> None:
    """What submissions brought says whether their providers are well; so does an inquiry that finds one had arrived."""
    by_connector: dict[str, list[bool]] = defaultdict(list)
    for item, outcome in answers:
        if outcome is None or outcome in (_NOT_SENT_AGAIN, _OUR_FAULT):
            continue
        arrived = outcome.kind not in (OutcomeKind.UNKNOWN, OutcomeKind.NOT_FOUND)
        if item.submits or arrived:
            by_connector[item.attempt.connector].append(arrived)
    for connector, answered in by_connector.items():
        try:
            flow.learn(connector, answered=any(answered), failures=len(answered))
        except Error:
            _log.exception("breaker_not_told", connector=connector)  # The next answers will tell it.


def _settle_apart(results: list[Result]) -> tuple[list[Result], list[Result]]:
    """Settle the set; where it cannot be, each result by itself, so that one bad row spoils no other's.

    Returns the results that were recorded, and the stale ones among them. What cannot be recorded is logged, and
    asked about after its lease.
    """
    if not results:  # A look at the clock while calls are under way, or answers of which nothing was sent.
        return [], []
    try:
        return results, _settle_firmly(results)
    except (DatabaseError, lifecycle.StaleTransition):
        _log.exception("set_not_settled", results=len(results))
    settled: list[Result] = []
    stale: list[Result] = []
    for result in results:
        try:
            stale += _settle_firmly([result])
            settled.append(result)
        except (DatabaseError, lifecycle.StaleTransition):
            _log.exception("outcome_not_settled", attempt_id=str(result.attempt_id), outcome=result.outcome.kind)
    return settled, stale


def _settle_firmly(results: list[Result]) -> list[Result]:
    """Settle; a row that a request holds for a moment, or a deadlock, is no reason to forget an answer."""
    for _ in range(_TRIES_TO_SETTLE - 1):
        try:
            return settle(results)
        except OperationalError as error:
            if not isinstance(error.__cause__, (postgres.LockNotAvailable, postgres.DeadlockDetected)):
                raise
    return settle(results)


def _call(connector: Connector, item: Claimed) -> Outcome | None:
    """One call. None where the lease would end before the answer: then nothing is sent, and the lease runs out."""
    if monotonic() + connector.capabilities.call_timeout_seconds >= item.give_up_at:
        _log.warning("lease_too_short_to_send", attempt_id=str(item.attempt.id))
        return None
    try:
        return _submit(connector, item) if item.submits else _inquire(connector, item)
    except Exception:  # noqa: BLE001 - A connector must not raise; what it had sent by then nobody can say.
        _log.exception("call_failed", connector=connector.name, attempt_id=str(item.attempt.id))
        return _OUR_FAULT


def _submit(connector: Connector, item: Claimed) -> Outcome:
    """Submit. A reference that may have arrived before goes out only where the provider would pay it once."""
    first = not item.since_opened
    if not first and not may_be_sent_again(connector.capabilities, item.since_opened):
        return _NOT_SENT_AGAIN
    with step("submit"):
        return connector.submit(instruction(item))


def _inquire(connector: Connector, item: Claimed) -> Outcome:
    """Ask by reference. That the provider does not have it means something only some time after it was sent."""
    outcome = inquire(connector, item.attempt)
    if outcome.kind is OutcomeKind.NOT_FOUND and item.since_submitted < connector.capabilities.visible_after:
        return unknown("the provider does not show the payment yet")
    return outcome


def inquire(connector: Connector, attempt: PayoutAttempt) -> Outcome:
    """Ask what became of the attempt's payment; as ``_call`` does, it may raise."""
    with step("inquire"):
        return connector.inquire(_instruction(attempt))


def instruction(item: Claimed) -> PaymentInstruction:
    """What the connector is asked to send, the recipient's details opened. Raises sealing.CannotOpen."""
    return _instruction(item.attempt)


def _instruction(attempt: PayoutAttempt) -> PaymentInstruction:
    payout = attempt.payout
    return PaymentInstruction(
        reference=attempt.reference,
        payout_id=payout_id_text(payout.id),
        amount=Decimal(amount_text(payout.amount, payout.currency)),  # The column has more digits than the currency.
        currency=payout.currency,
        recipient=open_sealed(payout.details_sealed, row_id=payout.id, column=SEALED_COLUMN),
        metadata=attempt.metadata,
    )
