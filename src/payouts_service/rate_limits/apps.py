"""Django's name for this package."""

from __future__ import annotations

from django.apps import AppConfig


class RateLimitsConfig(AppConfig):
    """Names the package for Django."""

    name = "payouts_service.rate_limits"
    label = "rate_limits"
