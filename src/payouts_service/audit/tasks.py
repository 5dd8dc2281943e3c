"""Celery's door to the audit."""

from __future__ import annotations

from typing import Final

from celery import shared_task
from django.db import close_old_connections

from payouts_service.audit import services

AUDIT: Final = "audit.audit"
_MOST_SECONDS: Final = 1800


# Acknowledged first: it may take longer than the broker waits, and one that is lost is made good an hour later.
@shared_task(name=AUDIT, acks_late=False, time_limit=_MOST_SECONDS)
def audit() -> None:
    """Judge the database, and keep the verdicts for the metrics and the log."""
    close_old_connections()  # A connection that died since the last task is replaced, not used.
    services.audit_and_record()
