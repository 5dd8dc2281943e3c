"""Whether the books are right: the last audit's verdicts, and the simulated provider's books where there is one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse

from payouts_service.audit import queries
from payouts_service.audit.invariant import Invariant
from payouts_service.connectors import registry
from payouts_service.connectors.simulator.books import BooksUnreadable, glance
from payouts_service.console.doors import page
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.console.texts.invariants import INVARIANTS
from payouts_service.http.languages import SPOKEN
from payouts_service.http.problems import MissingScope, NotFound
from payouts_service.tenants.scopes import Scope

_SIMULATOR: Final = "simulator"
_PAYMENTS: Final = 25


@page(Scope.CONNECTORS_READ)
def integrity(request: ConsoleRequest) -> HttpResponse:
    """``/integrity/``: of every tenant, as connectors are; so it shows numbers, and no ids."""
    last = queries.last()
    values: dict[str, Any] = {"last": last, "has_books": _has_books(request)}
    if last is not None:
        values["verdicts"] = [(each.name, _means(each, request.language), broken) for each, broken in last.verdicts]
        values["broken"] = sum(broken > 0 for _, broken in last.verdicts)
    return show(request, "console/integrity.html", values)


@page(Scope.CONNECTORS_READ)
def simulator(request: ConsoleRequest) -> HttpResponse:
    """``/simulator/``: what really left the simulated provider, of every tenant, for those who run the service."""
    if _SIMULATOR not in registry.all_names():
        raise NotFound("There is no simulated provider here: the connector simulator is not in use.")
    if not request.caller.runs_service:
        raise MissingScope("Only those who run the service see it: it is of every tenant.")
    values: dict[str, Any] = {"url": settings.SIMULATOR_URL}
    try:
        seen = glance(settings.SIMULATOR_URL, latest=_PAYMENTS, timeout_seconds=settings.SIMULATOR_TIMEOUT_SECONDS)
    except BooksUnreadable as error:
        values["unreadable"] = str(error)
    else:
        values["totals"], values["too_many"] = seen.totals, seen.totals.effects - seen.totals.distinct_references
        values["latest"] = [(each, datetime.fromtimestamp(each.booked_at, UTC)) for each in seen.latest]
    return show(request, "console/simulator.html", values)


def _has_books(request: ConsoleRequest) -> bool:
    return _SIMULATOR in registry.all_names() and request.caller.runs_service


def _means(invariant: Invariant, language: str) -> str:
    return invariant.means if language == SPOKEN[0] else INVARIANTS[invariant.name]
