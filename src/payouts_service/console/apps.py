"""Django's name for this package."""

from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Names the package for Django, which finds its templates, its assets and its tags by it."""

    name = "payouts_service.console"
    label = "console"
