"""Language and theme: chosen once, kept in cookies of their own, which say nothing of the person."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from payouts_service.console.addresses import HOME, inner_address
from payouts_service.http.languages import SPOKEN, accepted_language

THEMES: Final = ("auto", "light", "dark")
_LANGUAGE: Final = "language"
_THEME: Final = "theme"
_A_YEAR: Final = 365 * 24 * 3600


def language_of(request: HttpRequest) -> str:
    """The one chosen, else the browser's first that is spoken here."""
    chosen = request.COOKIES.get(_LANGUAGE)
    return chosen if chosen in SPOKEN else accepted_language(request.headers.get("Accept-Language", ""))


def theme_of(request: HttpRequest) -> str:
    """The one chosen; ``auto`` follows the system."""
    chosen = request.COOKIES.get(_THEME)
    return chosen if chosen in THEMES else THEMES[0]


def address_to_return_to(request: HttpRequest) -> str:
    """Where the page is, for the switches on it; what answers a form is at no address of its own."""
    return request.get_full_path() if request.method == "GET" else HOME


def choose(request: HttpRequest) -> HttpResponse:
    """Keep what the form names, and go back to where it was."""
    response = redirect(inner_address(request.POST.get("next", "")))
    for name, known in ((_LANGUAGE, SPOKEN), (_THEME, THEMES)):
        if request.POST.get(name) in known:
            response.set_cookie(
                name,
                request.POST[name],
                max_age=_A_YEAR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
    return response
