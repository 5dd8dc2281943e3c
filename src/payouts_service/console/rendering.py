"""From a template and its values to a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string

from payouts_service.console import navigation, notices, preferences
from payouts_service.console.requests import ConsoleRequest


def show(
    request: ConsoleRequest, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """The page; behind ``doors.page`` with the menu of what this person may see, and with what is to be told once."""
    caller = getattr(request, "caller", None)
    whole = {
        "language": request.language,
        "theme": request.theme,
        "here": preferences.address_to_return_to(request),
        "caller": caller,
        "menu": navigation.menu(request.path_info, caller) if caller is not None else (),
        # A page that asks for parts of itself again shows none, and must not take one from the page that will.
        "notices": () if "HX-Request" in request.headers else notices.take(request.session),
        **(values or {}),
    }
    return HttpResponse(render_to_string(template, whole, request), status=status)


def fragment(request: ConsoleRequest, template: str, values: Mapping[str, Any]) -> HttpResponse:
    """A part of a page, for htmx to put in its place; it tells no notices."""
    whole = {"language": request.language, "caller": request.caller, **values}
    return HttpResponse(render_to_string(template, whole, request))
