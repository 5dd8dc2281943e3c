"""Django's name for this package, and its metrics."""

from __future__ import annotations

from django.apps import AppConfig

from payouts_service.audit.metrics import last_verdicts
from payouts_service.observability.metrics import register_collector


class AuditConfig(AppConfig):
    """Shows what the last periodic audit found."""

    name = "payouts_service.audit"
    label = "audit"

    def ready(self) -> None:
        """Called once by Django, before the first request or task."""
        register_collector(last_verdicts)
