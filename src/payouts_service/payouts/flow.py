"""How many calls to a connector may begin now: its limits, counted over all processes, and the breaker of an ill one.

The row of the connector is locked first in the transaction that claims, so that whoever claims counts rightly. The
breaker is written after a settlement, in a statement of its own, and only where it changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog
from django.conf import settings

from payouts_service.connectors.contract import Capabilities
from payouts_service.database.prepared import fetch, load, run
from payouts_service.observability.metrics import Counter
from payouts_service.payouts.models import ConnectorState

Call = Literal["submit", "inquire"]

FAILURES_TO_BE_ILL: Final = 10
"""Submissions in a row of unknown end. Where one in six is lost by itself, as at the simulated provider, ten in a row
come once in sixty million."""
FIRST_PAUSE_SECONDS: Final = 5
LONGEST_PAUSE_SECONDS: Final = 60
_SOON: Final = 0.2
_SLACK: Final = timedelta(seconds=1)

_log = structlog.get_logger(__name__)
_opened = Counter("payouts_breaker_openings", "How often a connector was found ill.", labelnames=["connector"])

_LOCK: Final = "WHERE connector = %(connector)s::text FOR NO KEY UPDATE"
_IN_FLIGHT: Final = """
SELECT leased_for, count(*) FROM payouts_payoutattempt
 WHERE connector = %(connector)s::text AND lease_until > %(since)s::timestamptz GROUP BY leased_for
"""
_WELL: Final = """
UPDATE payouts_connectorstate SET failures = 0, openings = 0, ill_until = NULL
 WHERE connector = %(connector)s::text AND (failures > 0 OR ill_until IS NOT NULL)
"""
_FAILED: Final = """
UPDATE payouts_connectorstate AS s
   SET failures = s.failures + %(failures)s::int,
       openings = s.openings + opens.now::int,
       ill_until = CASE WHEN opens.now
           THEN clock_timestamp()
                + least(%(first)s::int * 2 ^ least(s.openings, 10), %(longest)s::int) * interval '1 second'
           ELSE s.ill_until END
  FROM (SELECT connector, failures + %(failures)s::int >= %(limit)s::int
               AND (ill_until IS NULL OR ill_until <= clock_timestamp()) AS now
          FROM payouts_connectorstate WHERE connector = %(connector)s::text FOR NO KEY UPDATE) AS opens
 WHERE s.connector = opens.connector
RETURNING opens.now
"""


@dataclass(frozen=True, slots=True)
class Room:
    """How many calls may begin; where none, in how many seconds to look again, or None where a hint will tell.

    ``sends``: how many of them may be submissions.
    """

    calls: int
    look_again_seconds: float | None = None
    sends: int = 0


def lock(connector: str) -> ConnectorState:
    """The connector's row, made at its first use, locked to the end of the caller's transaction."""
    found = load(ConnectorState, _LOCK, {"connector": connector})
    if not found:
        ConnectorState.objects.bulk_create([ConnectorState(connector=connector)], ignore_conflicts=True)
        found = load(ConnectorState, _LOCK, {"connector": connector})
    return found[0]


def room(state: ConnectorState, can: Capabilities, call: Call, *, wanted: int, others_wait: bool, at: datetime) -> Room:
    """How many of ``wanted`` calls may begin. ``state`` is locked.

    While ``others_wait``, calls of the other kind, each kind leaves the other a quarter of the places: none starves.
    """
    in_flight = in_flight_of(state.connector, can, at=at)
    total = sum(in_flight.values())
    sends = wanted if state.paused_at is None else 0
    if state.ill_until is not None:  # After its pause, one submission at a time tries it.
        sends = 0 if at < state.ill_until or in_flight.get("submit", 0) else min(sends, 1)
    if call == "submit":
        wanted = sends
    if not wanted:
        return Room(0)
    share = can.max_in_flight - max(1, can.max_in_flight // 4) if others_wait and can.max_in_flight > 1 else None
    free = can.max_in_flight - total
    if share is not None:
        free = min(free, share - in_flight.get(call, 0))
    if free <= 0:
        return Room(0, _SOON)
    if can.rate_limit is not None:
        tokens = _tokens(state, can.rate_limit, at=at)
        if tokens < 1:
            return Room(0, (1 - tokens) / can.rate_limit)
        free = min(free, int(tokens))
    return Room(min(wanted, free), sends=sends)


def take(state: ConnectorState, can: Capabilities, calls: int, *, at: datetime) -> None:
    """Count these calls against the rate limit. The row is locked."""
    if can.rate_limit is None or not calls:
        return
    state.tokens = _tokens(state, can.rate_limit, at=at) - calls
    state.tokens_at = at
    state.save(update_fields=["tokens", "tokens_at"])


def in_flight_of(connector: str, can: Capabilities, *, at: datetime) -> dict[str, int]:
    """The calls under way, by kind: those claimed no longer ago than a call can last, whoever claimed them.

    The rest of a lease is not counted: where its process has died, its places are free long before another asks.
    """
    since = at + timedelta(seconds=settings.LEASE_SECONDS - can.call_timeout_seconds) - _SLACK
    return dict(fetch(_IN_FLIGHT, {"connector": connector, "since": max(since, at)}))


def learn(connector: str, *, answered: bool, failures: int) -> None:
    """Tell the breaker what submissions brought: whether any was answered, and of how many nobody knows the end."""
    if answered:
        run(_WELL, {"connector": connector})
    elif failures:
        told = {
            "connector": connector,
            "failures": failures,
            "limit": FAILURES_TO_BE_ILL,
            "first": FIRST_PAUSE_SECONDS,
            "longest": LONGEST_PAUSE_SECONDS,
        }
        if any(opens for (opens,) in fetch(_FAILED, told)):
            _opened.labels(connector=connector).inc()
            _log.error("connector_ill", connector=connector)


def _tokens(state: ConnectorState, rate: float, *, at: datetime) -> float:
    burst = max(1.0, rate)
    if state.tokens_at is None:
        return burst
    return min(burst, state.tokens + (at - state.tokens_at).total_seconds() * rate)
