"""Django's name for this package."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Names the package for Django."""

    name = "payouts_service.ledger"
    label = "ledger"
