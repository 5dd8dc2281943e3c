"""How a tenant's payouts go: by status and currency, and over the last day or week. Bounded, whatever the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.db import connection

LOOKED_AT_MOST: Final = 20_000
"""Payouts that one figure rests on; of a busier tenant, the newest."""
SPANS: Final[Mapping[str, tuple[timedelta, timedelta]]] = MappingProxyType(
    {
        "day": (timedelta(days=1), timedelta(hours=1)),
        "week": (timedelta(days=7), timedelta(hours=6)),
    }
)
"""How far back, and in steps of how long."""

# Four short walks of the index by status. What is not finished counts whatever its age.
_STANDING: Final = """
SELECT status, currency, count(*), sum(amount)
  FROM (VALUES ('created', '-infinity'::timestamptz), ('processing', '-infinity'), ('completed', %(since)s),
               ('failed', %(since)s)) AS wanted (one, since) CROSS JOIN LATERAL (
       SELECT status, currency, amount FROM payouts_payout
        WHERE tenant_id = %(tenant_id)s AND status = wanted.one AND created_at >= wanted.since
        ORDER BY created_at DESC, id DESC LIMIT %(most)s) AS newest
 GROUP BY 1, 2 ORDER BY 2, 1
"""
_STEPS: Final = """
SELECT date_bin(%(step)s, created_at, %(since)s), count(*), count(*) FILTER (WHERE status = 'completed'),
       count(*) FILTER (WHERE status = 'failed'),
       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - created_at))
       FILTER (WHERE status = 'completed')
  FROM (SELECT status, created_at, finished_at FROM payouts_payout
         WHERE tenant_id = %(tenant_id)s AND created_at >= %(since)s
         ORDER BY created_at DESC, id DESC LIMIT %(most)s) AS newest
 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many payouts of a currency are in a status, and their sum in its major unit."""

    status: str
    currency: str
    number: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """Of the payouts made from ``at`` on: how many, how many of them ended how, and the seconds to completed."""

    at: datetime
    made: int
    completed: int
    failed: int
    median_seconds: float | None
    slowest_seconds: float | None
    """95 of 100 were completed sooner."""


def standing(tenant_id: UUID, *, at: datetime) -> list[Standing]:
    """What is not finished, and what was made in the last 24 hours and is; by currency."""
    values = {"tenant_id": tenant_id, "since": at - timedelta(days=1), "most": LOOKED_AT_MOST}
    return [Standing(*row) for row in _rows(_STANDING, values)]


def steps(tenant_id: UUID, span: str, *, at: datetime) -> list[Step]:
    """The last ``day`` or ``week``, step by step, those among them in which nothing was made."""
    length, step = SPANS[span]
    since = at - length
    values = {"since": since, "step": step, "most": LOOKED_AT_MOST, "tenant_id": tenant_id}
    found = {
        start: Step(start, made, completed, failed, *(seconds or (None, None)))
        for start, made, completed, failed, seconds in _rows(_STEPS, values)
    }
    starts = [since + number * step for number in range(length // step)]
    return [found.get(start) or Step(start, 0, 0, 0, None, None) for start in starts]


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
