"""The door of every page: session, CSRF, who it is and whether they may, and the policy that a browser keeps to.

They stand here and not among Django's middleware, because the API has no cookies and its requests should not pay for
any of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, cast
from urllib.parse import quote

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.csrf import csrf_protect

from payouts_service.console import errors, preferences
from payouts_service.console.policy import hardened
from payouts_service.console.requests import ConsoleRequest
from payouts_service.events.actor import Actor, acting_as
from payouts_service.http.problems import MethodNotAllowed, MissingScope, translate
from payouts_service.observability import context
from payouts_service.people import sessions

View = Callable[..., HttpResponseBase]
SIGN_IN: Final = "/sign-in/"
READING: Final = ("GET", "HEAD")
_FORM: Final = "application/x-www-form-urlencoded"
_in_session: Final = decorator_from_middleware(SessionMiddleware)


def public(*, methods: tuple[str, ...] = READING) -> Callable[[View], View]:
    """A page for everybody; a refusal becomes a page too."""

    def decorate(view: View) -> View:
        guarded: View = _in_session(csrf_protect(view))

        @wraps(view)
        def door(request: HttpRequest, **named: str) -> HttpResponseBase:
            given = cast("ConsoleRequest", request)
            _read_forms(given)
            given.language, given.theme = preferences.language_of(given), preferences.theme_of(given)
            try:
                _check_method(given, methods)
                response = guarded(given, **named)
            except Exception as error:
                refusal = translate(error)
                if refusal is None:
                    raise
                response = errors.page(given, refusal)
                if isinstance(refusal, MethodNotAllowed):
                    response["Allow"] = ", ".join(methods)
            return hardened(response)

        return door

    return decorate


def page(scope: str | None, *, methods: tuple[str, ...] = READING) -> Callable[[View], View]:
    """A page for whoever has signed in and whose role has this scope; None: any role. Acts as that person."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: ConsoleRequest, **named: str) -> HttpResponseBase:
            caller = sessions.access(request.session)
            if caller is None:
                return _to_sign_in(request)
            request.caller = caller
            context.bind(tenant_id=caller.tenant, person_id=caller.person_id)
            caller.check_tenant(request.POST.get("for_tenant", caller.tenant))
            if scope is not None and scope not in caller.scopes:
                raise MissingScope(f"Your role lacks the scope {scope}; ask an admin for one that has it.")
            with acting_as(Actor("person", caller.person_id)):
                return view(request, **named)

        return public(methods=methods)(checked)

    return decorate


def _check_method(request: HttpRequest, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise MethodNotAllowed("Go back and use the page's own links and buttons.")


def _read_forms(request: HttpRequest) -> None:
    # http.handler leaves Content-Type to ``json_body``; Django reads a form only where it is told that there is one.
    if request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == _FORM:
        request.content_type, request.encoding = _FORM, "utf-8"


def _to_sign_in(request: ConsoleRequest) -> HttpResponseBase:
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": SIGN_IN})  # A fragment that asks again, signed out.
    back = request.get_full_path() if request.method in READING else "/"
    return redirect(f"{SIGN_IN}?next={quote(back)}" if back != "/" else SIGN_IN)
