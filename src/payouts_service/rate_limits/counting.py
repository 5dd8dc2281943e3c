"""Count a request, in one statement and before the request's own transaction; refuse it where it is one too many.

A window begins with its caller's first request, so that no burst is split by the clock. The count is PostgreSQL's, and
exact for any number of processes. Where PostgreSQL answers but cannot count (it only reads, or somebody holds the row),
the request passes and a log line says so; where it does not answer, nothing can be served: 503.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

import structlog
from django.db import connection
from django.db.utils import InternalError, NotSupportedError, OperationalError
from psycopg import errors as postgres

from payouts_service.http.problems import TooManyRequests
from payouts_service.observability.metrics import Counter

# The statement's time is one for all its parts. A waiter for the row sees the row as its predecessor left it.
_COUNT: Final = """
INSERT INTO rate_limits_window AS w (subject, started_at, taken)
VALUES (%(subject)s, statement_timestamp(), 1)
ON CONFLICT (subject) DO UPDATE SET
    taken = CASE WHEN w.started_at > statement_timestamp() - %(window)s::interval THEN w.taken + 1 ELSE 1 END,
    started_at = CASE WHEN w.started_at > statement_timestamp() - %(window)s::interval
                      THEN w.started_at ELSE statement_timestamp() END
RETURNING taken, extract(epoch FROM started_at + %(window)s::interval - statement_timestamp())::float8
"""
_CANNOT_COUNT: Final = (postgres.LockNotAvailable, postgres.QueryCanceled, postgres.ReadOnlySqlTransaction)

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


def count(policy: Policy, subject: str) -> Quota | None:
    """Count one request of this caller; None where the policy has no limit, or PostgreSQL cannot count.

    Raises TooManyRequests.
    """
    if not policy.requests:
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, {"subject": f"{policy.name} {subject}", "window": f"{policy.seconds} seconds"})
            taken, reset = cursor.fetchone()
    except (OperationalError, InternalError, NotSupportedError) as error:
        if isinstance(error, NotSupportedError) or isinstance(error.__cause__, _CANNOT_COUNT):
            _log.warning("request_not_counted", policy=policy.name, error=type(error.__cause__).__name__)
            return None
        raise
    quota = Quota(policy, max(0, policy.requests - taken), ceil(reset))
    if taken > policy.requests:
        _refused.labels(policy=policy.name).inc()
        raise TooManyRequests(
            f"Send at most {policy.requests} requests in {policy.seconds} seconds; wait as Retry-After says.",
            retry_after_seconds=quota.reset_seconds,
            headers=headers(quota),
        )
    return quota


def headers(*quotas: Quota | None) -> dict[str, str]:
    """The header fields that tell a client where it stands; none where nothing is limited."""
    counted = [quota for quota in quotas if quota is not None]
    if not counted:
        return {}
    return {
        "RateLimit-Policy": ", ".join(str(quota.policy) for quota in counted),
        "RateLimit": ", ".join(map(str, counted)),
    }
