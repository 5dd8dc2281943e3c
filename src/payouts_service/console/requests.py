"""A request as the console's views get it."""

from __future__ import annotations

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from payouts_service.people.sessions import Access


class ConsoleRequest(HttpRequest):
    """For the type checker: what ``doors`` adds to each request before a view sees it."""

    session: SessionBase
    language: str
    theme: str
    caller: Access
    """Behind ``doors.page`` only."""
