"""What every route has, whichever view answers: a Host that the settings name, and a policy for browsers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

# A page names in itself what it may load; data load nothing. Neither is shown inside another page.
_OF_PAGES: Final = "frame-ancestors 'none'"
_OF_DATA: Final = "default-src 'none'; frame-ancestors 'none'"
# Supervisors, load balancers and Prometheus call by whatever address they have.
_BY_ANY_HOST: Final = ("/health/", "/metrics")


class HardeningMiddleware:
    """Stands below the request's id and measurement, so that its refusals have both."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Take the next handler."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Raises DisallowedHost for a Host that ALLOWED_HOSTS does not name: 400."""
        if not request.path_info.startswith(_BY_ANY_HOST):
            request.get_host()
        response = self._get_response(request)
        page = response.get("Content-Type", "").startswith("text/html")
        response.headers.setdefault("Content-Security-Policy", _OF_PAGES if page else _OF_DATA)
        return response
