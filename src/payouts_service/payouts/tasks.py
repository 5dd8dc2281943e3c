"""Celery's doors to the engine. A task is a hint: safe to lose, safe to run twice, and done within a minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Final, Protocol

import structlog
from celery import shared_task
from django.conf import settings
from django.db import close_old_connections
from django.db.utils import OperationalError
from psycopg import errors as postgres

from payouts_service.connectors import registry
from payouts_service.events.actor import Actor, acting_as
from payouts_service.events.log import Fact
from payouts_service.hints.coalescing import give_soon
from payouts_service.hints.publisher import publish
from payouts_service.observability import context
from payouts_service.payouts import claims, engine, funds, release, returns
from payouts_service.payouts.steps import step

PAY: Final = "payouts.pay"
ASK: Final = "payouts.ask"
SWEEP: Final = "payouts.sweep"
PAY_QUEUE: Final = "payouts"
ASK_QUEUE: Final = "inquiries"
RESCUE_QUEUE: Final = "rescue"
_BUDGET_SECONDS: Final = 40
_WORKER: Final = Actor("worker")
_log = structlog.get_logger(__name__)
_next_sweep_at = 0.0


class _Chore(Protocol):
    """What a sweep makes good, set by set, as far as its time allows."""

    __name__: str

    def __call__(self, *, budget_seconds: float) -> object: ...


_CHORES: Final[Sequence[_Chore]] = (
    funds.catch_up,
    release.release_resumed,
    release.release_limited,
    funds.release_all,
)


@shared_task(name=PAY)
def pay(connector: str, payout_id: str = "") -> None:
    """Pay the payout that the hint names, together with whatever else of its connector is ready before it."""
    close_old_connections()  # A connection that died since the last task is replaced, not used.
    with context.scope(connector=connector, payout_id=payout_id), acting_as(_WORKER):
        if engine.pay_ready(connector, budget_seconds=_BUDGET_SECONDS):
            publish(PAY, {"connector": connector}, PAY_QUEUE)


@shared_task(name=ASK)
def ask(connector: str) -> None:
    """Ask the provider after the attempts whose time has come."""
    close_old_connections()
    with context.scope(connector=connector), acting_as(_WORKER):
        more = engine.ask_due(connector, budget_seconds=_BUDGET_SECONDS)
        if returns.ask_due(connector) or more:
            publish(ASK, {"connector": connector}, ASK_QUEUE)


@shared_task(name=SWEEP)
def sweep() -> None:
    """Give again every hint that may have been lost, from what the table holds.

    A backlog of sweeps, left by a worker that was away, is done with one: the others find that it has just run. The
    chores share one budget; each does at least one set, so that none starves.
    """
    global _next_sweep_at  # noqa: PLW0603 - one process sweeps, one task at a time.
    if monotonic() < _next_sweep_at:
        return
    _next_sweep_at = monotonic() + settings.SWEEP_SECONDS / 2
    close_old_connections()
    names = registry.names_that_submit()
    for connector in filter(claims.is_payable, names):
        publish(PAY, {"connector": connector}, PAY_QUEUE)
    due = list(filter(claims.is_due, names))
    for connector in {*due, *filter(returns.is_due, names)}:
        publish(ASK, {"connector": connector}, ASK_QUEUE)
    ends_at = monotonic() + _BUDGET_SECONDS
    with acting_as(_WORKER):
        for connector in due:
            with _unless_busy("park_hopeless"):
                claims.park_hopeless(connector)
        for chore in _CHORES:
            with _unless_busy(chore.__name__):
                chore(budget_seconds=ends_at - monotonic())


@contextmanager
def _unless_busy(chore: str) -> Iterator[None]:
    """Leave a chore to the next sweep, and do the others, where somebody holds a row of it or it meets a deadlock."""
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.__cause__, (postgres.LockNotAvailable, postgres.DeadlockDetected)):
            raise
        _log.warning("sweep_put_off", chore=chore)


def hint_created(facts: Sequence[Fact]) -> None:
    """Subscriber of ``payout.created``: one hint for all that requests make at the same time."""
    for connector, payout_id in _ready(facts):
        give_soon((PAY, connector), partial(_hint, connector, payout_id))


def hint_ready(facts: Sequence[Fact]) -> None:
    """Subscriber of ``payout.released``: whoever may be paid now is hinted at."""
    for connector, payout_id in _ready(facts):
        _hint(connector, payout_id)


def _ready(facts: Sequence[Fact]) -> Iterator[tuple[str, str]]:
    """Connector and id of each payout that a worker may take now."""
    submitting = registry.names_that_submit()
    for fact in facts:
        connector = fact.data["connector"]
        if not fact.data["waiting_for"] and connector in submitting:
            yield connector, fact.data["id"]


def _hint(connector: str, payout_id: str) -> None:
    with step("hint"):
        publish(PAY, {"connector": connector, "payout_id": payout_id}, PAY_QUEUE)
