"""The web application inside the test's own process: loaded once, as a web process loads it, and not by each client."""

from __future__ import annotations

from functools import cache

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.test.client import ClientHandler


@cache
def application(*, enforce_csrf: bool = False) -> ClientHandler:
    """What answers the requests of ``django.test.Client``; by default forms need no token, as there.

    Loading takes longer than most requests: WhiteNoise looks at every file that it may serve.
    """
    handler = ClientHandler(enforce_csrf_checks=enforce_csrf)
    handler.load_middleware()
    return handler


@receiver(setting_changed)
def _load_anew(**_: object) -> None:
    """The middleware reads its settings when it is loaded."""
    application.cache_clear()
