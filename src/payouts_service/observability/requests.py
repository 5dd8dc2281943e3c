"""One access line and one measurement for each request, by route and never by path: a path may hold an id."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from time import perf_counter

import structlog
from django.http import HttpRequest, HttpResponse

from payouts_service.observability.metrics import Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_log = structlog.get_logger(__name__)
_duration = Histogram(
    "http_request_duration_seconds", "Time to answer a request.", labelnames=["method", "route", "status"]
)


@cache
def _measured(method: str, route: str, status: str) -> Histogram:
    return _duration.labels(method=method, route=route, status=status)


class RequestMetricsMiddleware:
    """Measures each request and logs it; stands inside the request id's scope, so that the line carries the ids."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer through the next layer; Django has already made a response of any exception below."""
        started = perf_counter()
        response = self._get_response(request)
        seconds = perf_counter() - started
        method = request.method if request.method in METHODS else "other"  # A client may invent methods without end.
        route = request.resolver_match.route if request.resolver_match else "none"
        _measured(method, route, f"{response.status_code // 100}xx").observe(seconds)
        _log.info(
            "request", method=method, route=route, status=response.status_code, duration_ms=round(seconds * 1000, 1)
        )
        return response
