"""Celery's door to sessions."""

from __future__ import annotations

from typing import Final

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections

FORGET: Final = "people.forget_sessions"


@shared_task(name=FORGET)
def forget_sessions() -> None:
    """Remove the sessions that have expired."""
    close_old_connections()  # A connection that died since the last task is replaced, not used.
    SessionStore.clear_expired()
