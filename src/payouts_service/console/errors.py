"""Refusals as pages, in the reader's language: one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import is_valid_path

from payouts_service.console import preferences
from payouts_service.console.policy import hardened
from payouts_service.console.texts import say, say_refusal
from payouts_service.http import problems
from payouts_service.http.problems import NotFound
from payouts_service.kit.errors import InvalidFields, ServiceError
from payouts_service.observability.context import request_id

# Below these, programs ask; what they are told is a problem document.
_OF_PROGRAMS = ("/api/", "/problems/", "/health/", "/metrics", "/static/")


def page(request: HttpRequest, refusal: ServiceError) -> HttpResponse:
    """The refusal with its status."""
    language = preferences.language_of(request)
    response = _page(request, status=refusal.status, sentence=said(refusal, language))
    if refusal.retry_after_seconds is not None:
        response["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def said(refusal: ServiceError, language: str) -> str:
    """What a refusal says, for a form that is shown again; of wrong fields, each in its sentence."""
    if isinstance(refusal, InvalidFields):
        return " ".join(field_errors(refusal, language).values())
    return say_refusal(language, refusal.code, refusal.detail)


def field_errors(refusal: ServiceError, language: str) -> dict[str, str]:
    """A sentence for each wrong field."""
    return {
        error.field: say_refusal(language, error.code, error.message, otherwise="Correct this field.")
        for error in reversed(refusal.errors)
    }


def by_first_name(refusal: ServiceError, language: str) -> dict[str, str]:
    """The same for a form in which ``type.0`` and ``type.1`` are one field."""
    return {name.partition(".")[0]: text for name, text in field_errors(refusal, language).items()}


def in_form(refusal: ServiceError, language: str, fields: Collection[str]) -> dict[str, Any]:
    """A refusal for a form with these fields: ``errors`` by field, and as ``error`` what is about none of them."""
    wrong = {name.rpartition(".")[2]: text for name, text in field_errors(refusal, language).items()}
    of_none = " ".join(text for name, text in wrong.items() if name not in fields)
    return {"errors": wrong, "error": of_none if wrong else said(refusal, language)}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django names it.
    """Django's: a form without the token that was given with it."""
    sentence = "The form was open for too long; go back, reload the page and send it again."
    sentence = say(preferences.language_of(request), sentence)
    return _page(request, status=403, sentence=sentence)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: a page for people, a problem document for programs."""
    if not _by_a_person(request):
        return problems.page_not_found(request, exception)
    with_slash = f"{request.path_info}/"
    if request.method == "GET" and is_valid_path(with_slash):
        return HttpResponseRedirect(request.get_full_path(force_append_slash=True))
    return page(request, NotFound("There is no such page; check the address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: the same."""
    if not _by_a_person(request):
        return problems.server_error(request)
    sentence = say(
        preferences.language_of(request),
        "The service failed; try again, and report {request_id} if it happens again.",
        request_id=request_id() or "",
    )
    return _page(request, status=500, sentence=sentence)


def _by_a_person(request: HttpRequest) -> bool:
    accepts = request.headers.get("Accept", "")
    return "text/html" in accepts and not request.path_info.startswith(_OF_PROGRAMS)


def _page(request: HttpRequest, *, status: int, sentence: str) -> HttpResponse:
    values = {
        "language": preferences.language_of(request),
        "theme": preferences.theme_of(request),
        "status": status,
        "sentence": sentence,
    }
    return hardened(HttpResponse(render_to_string("console/error.html", values), status=status))
