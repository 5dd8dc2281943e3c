"""Reads a refusal, and checks that it is one as RFC 9457 has it."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

import payouts_service.urls  # noqa: F401 - every refusal is defined once all views are.
from payouts_service.http.problem_pages import kinds_of_problem
from payouts_service.http.problems import MEDIA_TYPE

KINDS = {kind.code: kind for kind in kinds_of_problem()}


def refusal(response: HttpResponse) -> dict[str, Any]:
    """The problem document of this answer, which has every member that the contract promises."""
    assert response["Content-Type"] == MEDIA_TYPE, (response.status_code, response.content[:500])
    document: dict[str, Any] = json.loads(response.content)
    kind = KINDS[document["code"]]
    assert document["type"] == f"/problems/{kind.code}/"
    assert document["status"] == response.status_code == kind.status
    assert document["title"] == kind.title
    assert document["detail"].endswith(".")
    assert document["retryable"] is kind.retryable
    assert ("Retry-After" in response) is kind.retryable
    assert document["request_id"] == response["X-Request-Id"]
    return document


def problem(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The problem document, which must be of this kind."""
    assert (response.status_code, refusal(response)["code"]) == (status, code), response.content
    return refusal(response)


def wrong_fields(response: HttpResponse) -> dict[str, str]:
    """The fields that a 400 names, with the code of each."""
    errors = problem(response, 400, "invalid-fields")["errors"]
    assert all(error["message"].endswith(".") for error in errors), errors
    return {error["field"]: error["code"] for error in errors}
