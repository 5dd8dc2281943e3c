"""Django's name for this package."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Names the package for Django."""

    name = "payouts_service.people"
    label = "people"
