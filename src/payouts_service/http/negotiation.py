"""Reads the Accept header (RFC 9110, section 12.5.1) without failing on one that cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class Negotiation(DefaultContentNegotiation):
    """Django 4.2 raises LookupError for a parameter in a charset that nobody knows (RFC 2231)."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """As usual; raises NotAcceptable also for what cannot be read."""
        try:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        except (LookupError, ValueError) as error:
            raise NotAcceptable from error
        return chosen


class ByAcceptHeader(Negotiation):
    """Without the framework's ``?format=``, which would be an unknown filter."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE=None)  # type: ignore[assignment]  # No other setting is read.
