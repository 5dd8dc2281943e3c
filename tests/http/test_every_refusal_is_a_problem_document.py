"""Whatever is refused is refused as RFC 9457 has it, in the promised order, and by one rule everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.http.problem_documents import problem

NOBODYS = address("po_01j00000000000000000000000")


def test_an_unknown_address_is_not_found(anonymous: Client) -> None:
    problem(anonymous.get("/api/payout/"), 404, "not-found")


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/payouts", NOBODYS.rstrip("/"), f"{NOBODYS}cancel", "/api/docs/swagger"])
def test_a_missing_slash_is_not_found_and_says_so(acme: Client, method: str, path: str) -> None:
    assert "slash" in problem(acme.send(method, path, IBAN_PAYOUT), 404, "not-found")["detail"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (PAYOUTS, {"GET", "HEAD", "POST"}),
        (NOBODYS, {"GET", "HEAD", "PATCH", "DELETE"}),
        (f"{NOBODYS}cancel/", {"POST"}),
        ("/api/schema/", {"GET", "HEAD"}),
        ("/api/docs/swagger/", {"GET", "HEAD"}),
        ("/api/docs/redoc/", {"GET", "HEAD"}),
        ("/problems/locked/", {"GET", "HEAD"}),
        ("/health/live", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_an_address_does_not_take_is_refused_with_those_it_takes(
    acme: Client, path: str, allowed: set[str]
) -> None:
    path = path.replace(NOBODYS, address(acme.create()["id"]))
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} - allowed:
        response = acme.send(method, path)
        problem(response, 405, "method-not-allowed")
        assert set(response["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "image/png, text/plain", "nonsense", "a/b; c*=d'e'%ff"]
)
def test_only_json_can_be_asked_for(acme: Client, accept: str) -> None:
    for path in (PAYOUTS, address(acme.create()["id"])):
        problem(acme.get(path, Accept=accept), 406, "not-acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, */*;q=0.1", "application/json"])
def test_json_is_answered_to_whoever_takes_it(acme: Client, accept: str) -> None:
    assert acme.get(PAYOUTS, Accept=accept)["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=nonsense",
        "application/json; charset=latin-1",
        "application/problem+json",
    ],
)
def test_a_body_must_be_declared_as_json_in_utf_8(acme: Client, content_type: str) -> None:
    payout_id = acme.create()["id"]
    for method, path in (("POST", PAYOUTS), ("PATCH", address(payout_id)), ("POST", f"{address(payout_id)}cancel/")):
        problem(acme.send(method, path, {}, Content_Type=content_type), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "content_type", ["application/json", 'Application/JSON; charset="UTF-8"', "application/json;a=b"]
)
def test_json_in_utf_8_is_taken_however_it_is_declared(acme: Client, content_type: str) -> None:
    assert acme.send("POST", PAYOUTS, IBAN_PAYOUT, Content_Type=content_type).status_code == 201


def test_a_body_over_the_limit_is_refused_by_its_declared_length(acme: Client) -> None:
    problem(acme.send("POST", PAYOUTS, raw=b" " * 1_048_577), 413, "body-too-large")
    # Nothing of a body that says to be too large is read.
    problem(acme.send("POST", PAYOUTS, raw=b"{}", Content_Length="104857600"), 413, "body-too-large")


@pytest.mark.parametrize("length", ["abc", "-1", "1.0", "٧"])
def test_a_length_that_is_no_number_is_refused(acme: Client, length: str) -> None:
    problem(acme.send("POST", PAYOUTS, raw=b"{}", Content_Length=length), 400, "malformed-request")


ORDER: list[tuple[dict[str, Any], int]] = [
    ({"key": "psk_none"}, 401),
    ({"key": "no scope"}, 403),
    ({"path": NOBODYS}, 404),
    ({"method": "PUT"}, 405),
    ({"Accept": "text/html"}, 406),
    ({"Content_Type": "text/plain"}, 415),
    ({"raw": b"{"}, 400),
    ({"If_Match": '"7"'}, 412),
    ({"raw": b'{"status": "completed"}'}, 409),
]


@pytest.mark.parametrize("first", range(len(ORDER)), ids=[str(status) for _, status in ORDER])
def test_of_several_reasons_the_first_in_order_is_told(acme: Client, first: int) -> None:
    """Everything is wrong that comes after, and nothing that comes before."""
    keys = {"psk_none": Client("psk_none"), "no scope": acme.with_scopes(())}
    request: dict[str, Any] = {"method": "PATCH", "path": address(acme.create(connector="manual")["id"])}
    for wrong, _ in reversed(ORDER[first:]):
        request.update(wrong)
    if request["method"] == "PUT" and ORDER[first][1] == 403:
        request["method"] = "PATCH"  # A method that is not taken needs no scope.
    client = keys.get(request.pop("key", ""), acme)

    assert client.send(**request).status_code == ORDER[first][1]
