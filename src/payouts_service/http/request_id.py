"""``X-Request-Id`` on every response: the caller's, if well-formed, else a new one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from payouts_service.kit import ids
from payouts_service.observability import context

HEADER: Final = "X-Request-Id"
_IN_META: Final = "HTTP_X_REQUEST_ID"
# Long ids without a letter are refused: they could be card numbers, and the id is kept in events for ever.
_WELL_FORMED: Final = re.compile(r"(?![0-9._-]{13,}$)[A-Za-z0-9._-]{1,128}", re.ASCII)


class RequestIdMiddleware:
    """Binds the id for the logs, the events and the problem documents of this request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Take the next handler."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with its id."""
        given = request.META.get(_IN_META, "")
        request_id = given if _WELL_FORMED.fullmatch(given) else ids.to_text("req", ids.new_id())
        with context.scope(request_id=request_id):
            response = self._get_response(request)
        response[HEADER] = request_id
        return response
