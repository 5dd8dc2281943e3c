"""Django's WSGI handler, without its own reading of Content-Type."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """A request whose Content-Type only ``json_body`` reads.

    Django would read it before any error handling, and a charset that cannot be decoded would end in the HTTP server's
    own 500; one that can would also change how the query string is decoded.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    """The WSGI application."""

    request_class = Request
