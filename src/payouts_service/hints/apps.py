"""The Django application of the hints: it has no tables, it only shows its broker among the health checks."""

from __future__ import annotations

from django.apps import AppConfig

from payouts_service.hints.broker import broker_answers
from payouts_service.observability.health import register_report


class HintsConfig(AppConfig):
    """Reports the broker."""

    name = "payouts_service.hints"

    def ready(self) -> None:
        """Called once by Django, before the first request or task."""
        register_report("broker", broker_answers)
