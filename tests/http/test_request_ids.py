"""Every answer carries the request's id: the caller's, if well-formed, else a new one."""

from __future__ import annotations

import pytest

from tests.client import PAYOUTS, Client
from tests.http.problem_documents import problem

PATHS = [PAYOUTS, f"{PAYOUTS}nothing/", "/nowhere", "/health/live", "/api/schema/", "/problems/locked/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("given", ["a", "42", "my-request.7_A", "x" * 128, "0f8fad5b-d9cb-469f-a165-70867728950e"])
def test_a_well_formed_id_comes_back(acme: Client, path: str, given: str) -> None:
    assert acme.get(path, X_Request_Id=given)["X-Request-Id"] == given


@pytest.mark.parametrize(
    "given", ["", "x" * 129, "with space", "a/b", "é", "a\nb", '"quoted"', "4111111111111111", "4111-1111-1111-1111"]
)
def test_any_other_is_replaced(acme: Client, given: str) -> None:
    answered = acme.get(PAYOUTS, X_Request_Id=given)["X-Request-Id"]

    assert answered.startswith("req_")


def test_each_request_without_one_gets_its_own(acme: Client) -> None:
    assert acme.get(PAYOUTS)["X-Request-Id"] != acme.get(PAYOUTS)["X-Request-Id"]


def test_a_refusal_tells_it_in_its_document_too(anonymous: Client) -> None:
    refused = problem(anonymous.get(PAYOUTS, X_Request_Id="my-request"), 401, "unauthenticated")

    assert refused["request_id"] == "my-request"
