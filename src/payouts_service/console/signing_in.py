"""Signing in and out, one's own password, and whom one acts for."""

from __future__ import annotations

from django.http import HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters

from payouts_service.console import notices, preferences
from payouts_service.console.addresses import HOME, inner_address
from payouts_service.console.doors import SIGN_IN, page, public
from payouts_service.console.errors import field_errors, said
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.console.texts import say
from payouts_service.http.problems import TooManyRequests
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import InvalidFields
from payouts_service.people import services, sessions, signing_in
from payouts_service.people.signing_in import WrongCredentials


@sensitive_post_parameters("password")
@public(methods=("GET", "HEAD", "POST"))
def sign_in(request: ConsoleRequest) -> HttpResponse:
    """``/sign-in/``."""
    back = inner_address(request.POST.get("next") or request.GET.get("next", HOME))
    email = request.POST.get("email", "")
    if request.method != "POST":
        return show(request, "console/sign_in.html", {"next": back, "email": email})
    try:
        person = signing_in.sign_in(email, request.POST.get("password", ""), request.META, at=utc_now())
    except (WrongCredentials, TooManyRequests) as refusal:
        sentence = _too_many(refusal, request.language) if isinstance(refusal, TooManyRequests) else ""
        values = {"next": back, "email": email, "error": sentence or said(refusal, request.language)}
        return show(request, "console/sign_in.html", values, status=refusal.status)
    sessions.begin(request.session, person)
    rotate_token(request)
    return redirect(back)


@public(methods=("POST",))
def sign_out(request: ConsoleRequest) -> HttpResponse:
    """``/sign-out/``."""
    sessions.end(request.session)
    return redirect(SIGN_IN)


@public(methods=("POST",))
def choose_preferences(request: ConsoleRequest) -> HttpResponse:
    """``/preferences/``: language and theme."""
    return preferences.choose(request)


@page(None, methods=("POST",))
def choose_tenant(request: ConsoleRequest) -> HttpResponse:
    """``/tenant/``: whom one acts for from now on."""
    sessions.choose_tenant(request.session, request.POST.get("tenant", ""))
    return redirect(HOME)


@sensitive_post_parameters("current", "password")
@page(None, methods=("GET", "HEAD", "POST"))
def own_password(request: ConsoleRequest) -> HttpResponse:
    """``/password/``: one's own."""
    if request.method != "POST":
        return show(request, "console/password.html")
    current, new = request.POST.get("current", ""), request.POST.get("password", "")
    try:
        services.change_own_password(person=request.caller.person, current=current, new=new, at=utc_now())
    except InvalidFields as refusal:
        return show(request, "console/password.html", {"errors": field_errors(refusal, request.language)}, status=400)
    except TooManyRequests as refusal:
        errors = {"current": _too_many(refusal, request.language)}
        return show(request, "console/password.html", {"errors": errors}, status=refusal.status)
    sessions.keep(request.session, request.caller.person)
    notices.add(request.session, "success", say(request.language, "Your password is changed; other sessions ended."))
    return redirect(HOME)


def _too_many(refusal: TooManyRequests, language: str) -> str:
    minutes = -(-(refusal.retry_after_seconds or 0) // 60)
    return say(language, "Too many attempts; try again in {minutes} min.", minutes=minutes)
