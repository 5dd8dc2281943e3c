"""Count a request, in one statement and before the request's own transaction; refuse it where it is one too many.

A window begins with its caller's first request, so that no burst is split by the clock. The count is PostgreSQL's, and
exact for any number of processes. Where a row cannot be had within PostgreSQL's ``lock_timeout``, a request is refused,
so that no crowd passes uncounted. Where PostgreSQL only reads, requests pass and a log line says so; where it does not
answer, nothing can be served: 503.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

import structlog
from django.db import connection
from django.db.utils import InternalError, NotSupportedError, OperationalError
from psycopg import errors as postgres

from payouts_service.http.problems import TooManyRequests
from payouts_service.observability.metrics import Counter

# The statement's time is one for all its parts. A waiter for a row sees it as its predecessor left it; the rows are
# taken in the order of the policies, so that no two requests wait for each other.
_COUNT: Final = """
INSERT INTO rate_limits_window AS w (subject, started_at, taken)
SELECT subject, statement_timestamp(), 1
  FROM unnest(%(subjects)s::text[]) WITH ORDINALITY AS callers (subject, place) ORDER BY place
ON CONFLICT (subject) DO UPDATE SET
    taken = CASE WHEN w.started_at > statement_timestamp() - %(window)s::interval THEN w.taken + 1 ELSE 1 END,
    started_at = CASE WHEN w.started_at > statement_timestamp() - %(window)s::interval
                      THEN w.started_at ELSE statement_timestamp() END
RETURNING subject, taken, extract(epoch FROM started_at + %(window)s::interval - statement_timestamp())::float8
"""

_log = structlog.get_logger(__name__)
_refused = Counter("payouts_rate_limited", "Requests refused because a limit was reached.", labelnames=["policy"])


@dataclass(frozen=True, slots=True)
class Policy:
    """At most ``requests`` in ``seconds``, from the caller's first one on; ``name`` is ``key`` or ``address``."""

    name: str
    requests: int
    seconds: int = 60

    def __str__(self) -> str:
        """As ``RateLimit-Policy`` has it (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{self.name}";q={self.requests};w={self.seconds}'


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a policy, and the seconds until it begins anew."""

    policy: Policy
    left: int
    reset_seconds: int

    def __str__(self) -> str:
        """As ``RateLimit`` has it."""
        return f'"{self.policy.name}";r={self.left};t={self.reset_seconds}'


def count(callers: Mapping[Policy, str]) -> list[Quota]:
    """Count one request of these callers, each by its policy; of one window, and in the same order everywhere.

    Returns what is left to them; nothing of a policy without a limit, or where PostgreSQL only reads. Raises
    TooManyRequests.
    """
    subjects = {f"{policy.name} {caller}": policy for policy, caller in callers.items() if policy.requests}
    if not subjects:
        return []
    [seconds] = {policy.seconds for policy in subjects.values()}
    try:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, {"subjects": list(subjects), "window": f"{seconds} seconds"})
            rows: list[tuple[str, int, float]] = cursor.fetchall()
    except (OperationalError, InternalError, NotSupportedError) as error:
        if isinstance(error.__cause__, postgres.LockNotAvailable):
            crowd = "Send fewer requests at the same time; wait a second and send this one again."
            raise TooManyRequests(crowd, retry_after_seconds=1, headers={}) from error
        if isinstance(error.__cause__, postgres.ReadOnlySqlTransaction | postgres.FeatureNotSupported):
            _log.warning("request_not_counted", error=type(error.__cause__).__name__)
            return []
        raise
    quotas = [
        Quota(subjects[subject], max(0, subjects[subject].requests - taken), ceil(reset))
        for subject, taken, reset in rows
    ]
    for quota, (_, taken, _) in zip(quotas, rows, strict=True):
        if taken > quota.policy.requests:
            raise _refusal(quota, quotas)
    return quotas


def headers(quotas: Iterable[Quota]) -> dict[str, str]:
    """The header fields that tell a client where it stands; none where nothing is limited."""
    counted = list(quotas)
    if not counted:
        return {}
    return {
        "RateLimit-Policy": ", ".join(str(quota.policy) for quota in counted),
        "RateLimit": ", ".join(map(str, counted)),
    }


def _refusal(quota: Quota, quotas: Iterable[Quota]) -> TooManyRequests:
    policy = quota.policy
    _refused.labels(policy=policy.name).inc()
    return TooManyRequests(
        f"Send at most {policy.requests} requests in {policy.seconds} seconds; wait as Retry-After says.",
        retry_after_seconds=quota.reset_seconds,
        headers=headers(quotas),
    )
