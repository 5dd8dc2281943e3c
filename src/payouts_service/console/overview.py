"""The first page: how it goes, and what needs a person now."""

from __future__ import annotations

from django.http import HttpResponse

from payouts_service.console.doors import page
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.tenants.scopes import Scope


@page(Scope.PAYOUTS_READ)
def overview(request: ConsoleRequest) -> HttpResponse:
    """``/``."""
    return show(request, "console/overview.html")
