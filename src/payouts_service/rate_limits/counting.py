"""Count a request, in one statement and before the request's own transaction; refuse it where it is one too many.

A window begins with its caller's first request, so that no burst is split by the clock. The count is PostgreSQL's, and
exact for any number of processes. Where a row cannot be had within PostgreSQL's ``lock_timeout``, a request is refused,
so that no crowd passes uncounted. Where PostgreSQL only reads, requests pass and a log line says so; where it does not
answer, nothing can be served: 503.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from math import ceil
from typing import Any, Final

import structlog
from django.db.utils import InternalError, NotSupportedError, OperationalError
from psycopg import errors as postgres

from payouts_service.database.base import DatabaseWrapper
from payouts_service.database.group_commit import GroupCommit
from payouts_service.database.prepared import fetch
from payouts_service.http.problems import TooManyRequests
from payouts_service.observability.metrics import Counter

# Counts so many requests of the same callers. The statement's time is one for all its parts. A waiter for a row sees it
# as its predecessor left it; the rows are taken in the order of the policies, so that no two statements wait for each
# other.
_COUNT: Final = """
INSERT INTO rate_limits_window AS w (subject, started_at, taken)
SELECT subject, statement_timestamp(), %(requests)s::int
  FROM unnest({subjects}) WITH ORDINALITY AS callers (subject, place) ORDER BY place
ON CONFLICT (subject) DO UPDATE SET
    taken = CASE WHEN w.started_at > statement_timestamp() - %(window)s::interval
                 THEN w.taken ELSE 0 END + %(requests)s::int,
    started_at = CASE WHEN w.started_at > statement_timestamp() - %(window)s::interval
                      THEN w.started_at ELSE statement_timestamp() END
RETURNING subject, taken, extract(epoch FROM started_at + %(window)s::interval - statement_timestamp())::float8 AS reset
"""
_COUNT_KNOWN: Final = _COUNT.format(subjects="string_to_array(%(subjects)s::text, ',')")
_COUNT_FOUND: Final = _COUNT.format(
    subjects="string_to_array(%(subjects)s::text, ',')"
    " || ARRAY(SELECT %(before)s::text || caller FROM found WHERE %(before)s::text IS NOT NULL)"
)
_BOTH: Final = """
SELECT subject, taken, reset, found.*
  FROM (VALUES (1)) AS one LEFT JOIN counted ON true LEFT JOIN found ON true
"""
_MINUTE: Final = 60
_COLUMNS: Final = 3  # Those of a count, before those of what was found.

_log = structlog.get_logger(__name__)
_refused = Counter("payouts_rate_limited", "Requests refused because a limit was reached.", labelnames=["policy"])


@dataclass(frozen=True, slots=True)
class Policy:
    """At most ``requests`` in ``seconds``, from the caller's first one on; ``name`` is one word, such as ``key``."""

    name: str
    requests: int
    seconds: int = _MINUTE

    def __str__(self) -> str:
        """As ``RateLimit-Policy`` has it (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{self.name}";q={self.requests};w={self.seconds}'


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a policy, and the seconds until it begins anew."""

    policy: Policy
    left: int
    resets_in: float

    @property
    def reset_seconds(self) -> int:
        """Whole seconds, after which it has begun anew."""
        return ceil(self.resets_in)

    def __str__(self) -> str:
        """As ``RateLimit`` has it."""
        return f'"{self.policy.name}";r={self.left};t={self.reset_seconds}'


def count(callers: Mapping[Policy, str]) -> None:
    """Count one request of these callers, each by its policy; of one window, and in the same order everywhere.

    A policy without a limit counts nothing, nor does a PostgreSQL that only reads. Raises TooManyRequests.
    """
    limited = _limited(callers)
    if limited:
        asked = {**_values(limited), "requests": 1}
        _judge(_unless_read_only(lambda: fetch(_COUNT_KNOWN, asked)) or [], limited)


def find_and_count(
    query: str, values: Mapping[str, Hashable], policy: Policy, callers: Mapping[Policy, str], *, at: datetime
) -> tuple[Sequence[Any] | None, list[Quota]]:
    """Find a row, count one request of the callers and of whom it names, and say what is left to them.

    The query brings one row at most; its first column, ``caller``, is whom ``policy`` counts. ``at`` is one more of its
    values, now. One statement does both, because a round trip costs more than either, and those who ask the same of
    this process at one moment share it. Raises TooManyRequests.
    """
    limited = _limited(callers)
    policies = [*limited, *([policy] if policy.requests else [])]
    rows = None
    if policies:
        before = f"{policy.name} " if policy.requests else None
        asked = {**values, **_values(limited), "before": before}
        share = _shared(_found_and_counted(query), tuple(asked.items()))
        rows = _unless_read_only(lambda: share.write(at))
    if rows is None:
        return next(iter(fetch(query, {**values, "at": at})), None), []
    quotas = _judge([row for row in rows if row[0]], policies)
    found = rows[0][_COLUMNS:]
    return found if found[0] else None, quotas


def headers(quotas: Iterable[Quota]) -> dict[str, str]:
    """The header fields that tell a client where it stands; none where nothing is limited."""
    counted = list(quotas)
    if not counted:
        return {}
    return {
        "RateLimit-Policy": ", ".join(str(quota.policy) for quota in counted),
        "RateLimit": ", ".join(map(str, counted)),
    }


@cache
def _found_and_counted(query: str) -> str:
    return f"WITH found AS ({query}), counted AS ({_COUNT_FOUND}) {_BOTH}"


def _limited(callers: Mapping[Policy, str]) -> dict[Policy, str]:
    return {policy: caller for policy, caller in callers.items() if policy.requests}


def _values(callers: Mapping[Policy, str]) -> dict[str, Any]:
    [window] = {policy.seconds for policy in callers} or {_MINUTE}
    return {
        # One text: a list of texts is written by psycopg at ten times the cost.
        "subjects": ",".join(f"{policy.name} {caller}" for policy, caller in callers.items()),
        "window": f"{window} seconds",
    }


@lru_cache(maxsize=128)
def _shared(statement: str, asked: tuple[tuple[str, Hashable], ...]) -> GroupCommit[datetime, list[tuple[Any, ...]]]:
    """Where those meet who ask the same of one statement, each with its own time. Kept for the last callers."""

    def ask(by: DatabaseWrapper, times: Sequence[datetime]) -> list[list[tuple[Any, ...]]]:
        rows = fetch(statement, {**dict(asked), "at": max(times), "requests": len(times)}, by=by)
        return [[_before(later, row) for row in rows] for later in reversed(range(len(times)))]

    return GroupCommit(ask, alike=True)


def _before(later: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row as it was when so many requests had not been counted yet."""
    subject, taken, *rest = row
    return (subject, subject and taken - later, *rest)


def _unless_read_only(count: Callable[[], list[tuple[Any, ...]]]) -> list[tuple[Any, ...]] | None:
    """The rows that it brings; None where PostgreSQL only reads."""
    try:
        return count()
    except (OperationalError, InternalError, NotSupportedError) as error:
        if isinstance(error.__cause__, postgres.LockNotAvailable):
            crowd = "Send fewer requests at the same time; wait a second and send this one again."
            raise TooManyRequests(crowd, retry_after_seconds=1, headers={}) from error
        if isinstance(error.__cause__, postgres.ReadOnlySqlTransaction | postgres.FeatureNotSupported):
            _log.warning("request_not_counted", error=type(error.__cause__).__name__)
            return None
        raise


def _judge(rows: Iterable[Sequence[Any]], policies: Iterable[Policy]) -> list[Quota]:
    """What is left of the policies. Raises TooManyRequests."""
    counts = {subject.partition(" ")[0]: (taken, resets_in) for subject, taken, resets_in, *_ in rows}
    counted = [(policy, *counts[policy.name]) for policy in policies if policy.name in counts]
    quotas = [Quota(policy, max(0, policy.requests - taken), resets_in) for policy, taken, resets_in in counted]
    for quota, (policy, taken, _) in zip(quotas, counted, strict=True):
        if taken > policy.requests:
            raise _refusal(quota, quotas)
    return quotas


def _refusal(quota: Quota, quotas: Iterable[Quota]) -> TooManyRequests:
    policy = quota.policy
    _refused.labels(policy=policy.name).inc()
    return TooManyRequests(
        f"Send at most {policy.requests} requests in {policy.seconds} seconds; wait as Retry-After says.",
        retry_after_seconds=quota.reset_seconds,
        headers=headers(quotas),
    )
