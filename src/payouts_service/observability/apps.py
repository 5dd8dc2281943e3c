"""The Django application of the logs, metrics and health checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings

from payouts_service.observability.logs import configure_logs


class ObservabilityConfig(AppConfig):
    """Configures the logs of every process that sets Django up."""

    name = "payouts_service.observability"

    def ready(self) -> None:
        """Called once by Django, before the first request or task."""
        configure_logs(settings.LOG_LEVEL)
