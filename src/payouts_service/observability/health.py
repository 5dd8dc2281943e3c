"""Is this process alive, can it serve, and how is it doing: for supervisors, load balancers and Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from time import monotonic

import structlog
from django.db import Error as DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from payouts_service.observability.context import request_id
from payouts_service.observability.metrics import render

REPORT_SECONDS = 5.0

View = Callable[[HttpRequest], HttpResponse]

_log = structlog.get_logger(__name__)


def read_only(view: View) -> View:
    """Refuse every method but GET and HEAD with 405 as RFC 9457 says it."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        problem = {
            "type": "/problems/method-not-allowed/",
            "title": "This address does not take this method",
            "status": 405,
            "detail": "Send GET or HEAD to this address.",
            "code": "method-not-allowed",
            "retryable": False,
            "request_id": request_id(),
        }
        return JsonResponse(
            problem, status=405, content_type="application/problem+json", headers={"Allow": "GET, HEAD"}
        )

    return checked


class Report:
    """What a probe said within the last five seconds, so that a slow one does not slow each answer.

    Only one caller at a time asks again; the others are given the last answer.
    """

    def __init__(self, probe: Callable[[], bool]) -> None:
        self._probe = probe
        self._lock = Lock()
        self._answer = "unknown"
        self._ask_again_at = 0.0

    def __call__(self) -> str:
        """Give ``ok``, ``unreachable``, or ``unknown`` while the very first question is still open."""
        with self._lock:
            if monotonic() < self._ask_again_at:
                return self._answer
            self._ask_again_at = monotonic() + REPORT_SECONDS
        self._answer = "ok" if self._probe() else "unreachable"
        return self._answer


_reports: dict[str, Report] = {}
_migrated = False


def register_report(name: str, probe: Callable[[], bool]) -> None:
    """Show under ``name`` whether ``probe`` finds its subject reachable. It is shown only: readiness needs it not.

    ``probe`` returns within about half a second and raises nothing; it is asked at most every five seconds.
    """
    _reports[name] = Report(probe)


@read_only
def live(_request: HttpRequest) -> HttpResponse:
    """200 when this process answers at all. It touches nothing else, so that no outage restarts healthy processes."""
    return JsonResponse({"status": "live"})


@read_only
def ready(_request: HttpRequest) -> HttpResponse:
    """200 when PostgreSQL answers and has every migration, else 503; the rest is reported and not required."""
    database = _database()
    migrations = _migrations() if database == "ok" else "unknown"
    healthy = database == migrations == "ok"
    checks = {"database": database, "migrations": migrations, **{name: report() for name, report in _reports.items()}}
    return JsonResponse(
        {"status": "ready" if healthy else "unavailable", "checks": checks},
        status=200 if healthy else 503,
        headers={"Cache-Control": "no-store"},
    )


@read_only
def metrics(_request: HttpRequest) -> HttpResponse:
    """All metrics in the text format of Prometheus; with PostgreSQL away, those that do not need it."""
    body, content_type = render()
    return HttpResponse(body, content_type=content_type)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        _log.warning("database_unreachable", exc_info=error)
        return "unreachable"
    return "ok"


def _migrations() -> str:
    """``ok``, ``pending`` or ``unreadable``. A process looks until all are applied and never again."""
    global _migrated  # noqa: PLW0603 - one fact about this process, which only ever turns true.
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:
            _log.warning("migrations_unreadable", exc_info=error)
            return "unreadable"
    return "ok" if _migrated else "pending"
