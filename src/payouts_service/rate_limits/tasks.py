"""Celery's door to the counters."""

from __future__ import annotations

from typing import Final

from celery import shared_task
from django.db import close_old_connections, connection

FORGET: Final = "rate_limits.forget"
_KEPT: Final = "1 hour"
# Those that a request counts in right now are passed over: it locks two, and in an order of its own.
_FORGET: Final = """
DELETE FROM rate_limits_window WHERE subject IN (
       SELECT subject FROM rate_limits_window WHERE started_at < now() - %s::interval FOR UPDATE SKIP LOCKED)
"""


@shared_task(name=FORGET)
def forget() -> None:
    """Remove the counters of callers that have not been here for an hour."""
    close_old_connections()  # A connection that died since the last task is replaced, not used.
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [_KEPT])
