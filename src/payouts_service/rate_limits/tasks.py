"""Celery's door to the counters."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.db import close_old_connections
from django.db.models.functions import Now

from payouts_service.rate_limits.models import Window

FORGET: Final = "rate_limits.forget"
_KEPT: Final = timedelta(hours=1)


@shared_task(name=FORGET)
def forget() -> None:
    """Remove the counters of callers that have not been here for an hour."""
    close_old_connections()  # A connection that died since the last task is replaced, not used.
    Window.objects.filter(started_at__lt=Now() - _KEPT).delete()
