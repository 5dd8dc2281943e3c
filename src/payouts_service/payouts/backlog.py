"""What is under way over every tenant, for those who operate: by what it does, by what it waits for, and the newest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from payouts_service.connectors import registry
from payouts_service.payouts.holds import holds_for
from payouts_service.payouts.models import ConnectorState, Payout
from payouts_service.payouts.queries import database_now
from payouts_service.payouts.wire import present

_UNFINISHED: Final = """
SELECT connector, CASE WHEN status = 'processing' THEN progress
                       WHEN ready_at <= clock_timestamp() AND blockers = '{}' THEN 'ready' ELSE 'waiting' END,
       count(*), extract(epoch FROM clock_timestamp() - min(ready_at))
  FROM payouts_payout WHERE finished_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
_WAITING: Final = """
SELECT connector, waits_for, count(*), extract(epoch FROM clock_timestamp() - min(created_at))
  FROM payouts_payout, unnest(CASE WHEN scheduled_for > clock_timestamp()
                              THEN blockers || 'schedule'::text ELSE blockers END) AS waits_for
 WHERE finished_at IS NULL AND status = 'created' AND (blockers <> '{}' OR scheduled_for > clock_timestamp())
 GROUP BY 1, 2 ORDER BY 1, 2
"""
_PARKED: Final = """
SELECT count(*) FROM payouts_payoutattempt
 WHERE closed_at IS NULL AND outcome = 'unknown' AND next_inquiry_at IS NULL AND lease_until IS NULL
"""
_CLAIMED_TODAY: Final = """
SELECT currency, sum(payouts), sum(amount) FROM payouts_usage
 WHERE day = (clock_timestamp() AT TIME ZONE 'UTC')::date GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How many payouts of a connector do the same thing, and since when the first of them may be claimed."""

    connector: str
    state: str
    number: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many payouts of a connector wait for ``funds``, ``limit``, ``paused`` or ``schedule``; the oldest's age."""

    connector: str
    waits_for: str
    number: int
    oldest_seconds: float


def unfinished() -> Iterator[Unfinished]:
    """What is not finished, by connector; answered from the partial index of unfinished payouts."""
    submitting = registry.names_that_submit()
    held = {state.connector: state for state in ConnectorState.objects.exclude(paused_at=None, ill_until=None)}
    for connector, state, number, age in _rows(_UNFINISHED):
        if connector not in registry.all_names():
            state = "connector_missing"  # noqa: PLW2901 - whatever it was doing, nobody goes on with it.
        elif connector not in submitting and state == "ready":
            state = "for_people"  # noqa: PLW2901 - ready for a person, not for a worker.
        elif connector in held and state == "ready":
            state = "paused" if held[connector].paused_at else "provider_ill"  # noqa: PLW2901 - not to be sent now.
        yield Unfinished(connector, state, number, float(age))


def waiting() -> Iterator[Waiting]:
    """What waits in ``created``, by connector and what for; answered from the partial index of unfinished payouts."""
    for connector, waits_for, number, age in _rows(_WAITING):
        yield Waiting(connector, waits_for, number, float(age))


def parked() -> int:
    """How many payouts nobody asks about any more, so that a person must decide."""
    [(number,)] = _rows(_PARKED)
    return int(number)


def claimed_today() -> list[tuple[str, int, Any]]:
    """By currency, how many payouts of this day (UTC) are processing or completed, and their sum."""
    return _rows(_CLAIMED_TODAY)


def newest(most: int) -> list[dict[str, Any]]:
    """The payouts made last, of any tenant, as their tenants see them."""
    at = database_now()
    found = list(Payout.objects.order_by("-id")[:most])  # Ids are ordered by time.
    holds = {tenant_id: holds_for(tenant_id) for tenant_id in {payout.tenant_id for payout in found}}
    return [present(payout, at=at, holds=holds[payout.tenant_id]) for payout in found]


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
