"""Every refusal on the wire: ``application/problem+json`` (RFC 9457), rendered in this one place."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import connection
from django.db.utils import InterfaceError, InternalError as DatabaseInternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from psycopg import errors as postgres
from rest_framework import exceptions as drf

from payouts_service.kit.errors import ServiceError
from payouts_service.observability.context import request_id

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)


class Unauthenticated(ServiceError):
    """No key, or none that is valid now (401)."""

    status = 401
    code = "unauthenticated"
    title = "A valid API key is needed"


class MissingScope(ServiceError):
    """The key may not do this (403)."""

    status = 403
    code = "missing-scope"
    title = "The API key lacks a scope"


class NotFound(ServiceError):
    """There is no such object for this key (404); another tenant's object is answered alike."""

    status = 404
    code = "not-found"
    title = "There is no such object"


class MethodNotAllowed(ServiceError):
    """The address does not take this method (405); the Allow header lists those it takes."""

    status = 405
    code = "method-not-allowed"
    title = "This address does not take this method"


class NotAcceptable(ServiceError):
    """The Accept header excludes JSON (406)."""

    status = 406
    code = "not-acceptable"
    title = "Only application/json can be answered"


class Locked(ServiceError):
    """Another request or worker holds the object (409); the same request may be sent again."""

    status = 409
    code = "locked"
    title = "Somebody else is changing this object right now"
    retryable = True
    retry_after_seconds = 1


class BodyTooLarge(ServiceError):
    """The body is over the limit (413)."""

    status = 413
    code = "body-too-large"
    title = "The request body is too large"


class UnsupportedMediaType(ServiceError):
    """The body is not declared as JSON in UTF-8 (415)."""

    status = 415
    code = "unsupported-media-type"
    title = "Only application/json in UTF-8 is taken"


class TooManyRequests(ServiceError):
    """The key, or the address, has sent as many requests as it may for now (429)."""

    status = 429
    code = "too-many-requests"
    title = "Too many requests for now"
    retryable = True

    def __init__(self, detail: str, *, retry_after_seconds: int, headers: Mapping[str, str]) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
        self.headers = headers


class Unavailable(ServiceError):
    """PostgreSQL is away (503); the same request may be sent again."""

    status = 503
    code = "unavailable"
    title = "The service cannot reach its database"
    retryable = True
    retry_after_seconds = 2


class InternalError(ServiceError):
    """A fault of ours (500); the log has it under the request id."""

    status = 500
    code = "internal-error"
    title = "The service failed"


class MalformedRequest(ServiceError):
    """The request as a whole cannot be read (400)."""

    code: ClassVar[str] = "malformed-request"
    title = "The request cannot be read"


def document(error: ServiceError, *, request_id: str | None) -> dict[str, Any]:
    """One refusal as clients read it."""
    members: dict[str, Any] = {
        "type": f"/problems/{error.code}/",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "retryable": error.retryable,
        "request_id": request_id,
    }
    if error.errors:
        members["errors"] = [{"field": e.field, "code": e.code, "message": e.message} for e in error.errors]
    return {**members, **error.extra}


def render(error: ServiceError, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """The problem document of one refusal."""
    text = json.dumps(document(error, request_id=request_id()), ensure_ascii=False)
    response = HttpResponse(text, content_type=MEDIA_TYPE, status=error.status)
    response["Cache-Control"] = "no-store"
    if error.retry_after_seconds is not None:
        response["Retry-After"] = str(error.retry_after_seconds)
    if error.status == Unauthenticated.status:
        response["WWW-Authenticate"] = "Bearer"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def handle(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Django REST Framework's exception handler: our errors as they are, all others translated."""
    error = translate(exception)
    if error is None:
        return None
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    if isinstance(error, TooManyRequests):
        headers.update(error.headers)
    return render(error, headers=headers)


def translate(exception: Exception) -> ServiceError | None:
    """The refusal that an exception means, or None where it is a fault of ours."""
    refusal: ServiceError | None = None
    match exception:
        case ServiceError():
            refusal = exception
        case drf.MethodNotAllowed():
            refusal = MethodNotAllowed("Use one of the methods that the Allow header lists.")
        case drf.NotAcceptable():
            refusal = NotAcceptable("Send `Accept: application/json`, or no Accept header.")
        case RequestDataTooBig():
            refusal = BodyTooLarge("Send a smaller body.")
        case Http404():
            refusal = NotFound("Check the id; it may also have been deleted.")
        case SuspiciousOperation() | BadRequest():
            refusal = MalformedRequest("Correct the request; its headers or its address cannot be read.")
        case OperationalError() | InterfaceError() | DatabaseInternalError():
            refusal = _database_error(exception)
    return refusal


def _database_error(exception: Exception) -> ServiceError | None:
    match exception.__cause__:
        case postgres.LockNotAvailable() | postgres.DeadlockDetected():
            return Locked("Wait a second and send the request again.")
        case postgres.QueryCanceled():
            _log.error("a statement ran into its time limit", exc_info=exception)
        case postgres.ReadOnlySqlTransaction():
            _log.error("the database only reads: it is a standby, or is being moved", exc_info=exception)
            connection.close()
        case postgres.InternalError() as cause if not isinstance(cause, postgres.IdleInTransactionSessionTimeout):
            return None
        case _:
            _log.error("the database cannot be reached", exc_info=exception)
            connection.close()
    return Unavailable("Wait a little and send the same request again, with the same Idempotency-Key.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it.
    """Django's handler404: an address that does not exist, or one that lacks its slash."""
    with_slash = f"{request.path_info}/"
    try:
        resolve(with_slash)
    except Resolver404:
        return render(NotFound("Check the address; /api/docs/swagger/ lists them all."))
    return render(NotFound("Add the slash at the end of the address; a redirect would lose the body."))


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: a request refused before any view, for example by its Host header."""
    return render(translate(exception) or MalformedRequest("Correct the request and send it again."))


def server_error(_request: HttpRequest) -> HttpResponse:
    """Django's handler500; Django has logged the exception."""
    return render(InternalError("Report the request_id; the same request may be sent again with its Idempotency-Key."))
