"""Operators see connectors, and pause and resume connectors and tenants, over HTTP."""

from __future__ import annotations

from payouts_service.payouts import claims
from tests.client import Client
from tests.http.problem_documents import problem

CONNECTORS = "/api/connectors/"


def test_connectors_are_listed_with_their_limits_and_what_is_under_way(acme: Client) -> None:
    acme.create()
    claims.claim_payable("simulator", 1)

    rows = {row["name"]: row for row in acme.json(acme.get(CONNECTORS))["data"]}

    assert rows["simulator"]["in_flight"] == {"submit": 1}
    assert (rows["simulator"]["health"], rows["simulator"]["paused"], rows["simulator"]["max_in_flight"]) == (
        "ok",
        None,
        64,
    )
    assert rows["manual"]["submits"] is False


def test_a_connector_is_paused_and_resumed(acme: Client, globex: Client) -> None:
    paused = acme.json(acme.post(f"{CONNECTORS}simulator/pause/", {"reason": "Maintenance"}))

    assert paused["paused"]["reason"] == "Maintenance"
    assert paused["paused"]["by"].startswith("api_key key_")
    assert globex.create()["waiting_for"] == ["paused"]
    assert acme.json(acme.post(f"{CONNECTORS}simulator/resume/", None))["paused"] is None
    assert globex.create()["waiting_for"] == []


def test_a_pause_needs_a_reason_and_a_connector_that_exists(acme: Client) -> None:
    problem(acme.post(f"{CONNECTORS}simulator/pause/", {}), 400, "invalid-fields")
    problem(acme.post(f"{CONNECTORS}nobody/pause/", {"reason": "x"}), 404, "not-found")
    problem(acme.post(f"{CONNECTORS}nobody/resume/", None), 404, "not-found")


def test_a_tenant_pauses_itself_and_nobody_else(acme: Client, globex: Client) -> None:
    told = acme.json(acme.post("/api/tenant/pause/", {"reason": "Our books are closed"}))

    assert (told["name"], told["paused"]["reason"], told["version"]) == ("Acme", "Our books are closed", 2)
    assert acme.json(acme.get("/api/tenant/")) == told
    assert acme.create()["waiting_for"] == ["paused"]
    assert globex.json(globex.get("/api/tenant/"))["paused"] is None
    assert globex.create()["waiting_for"] == []
    assert acme.json(acme.post("/api/tenant/resume/", None))["paused"] is None


def test_the_feed_tells_of_it(acme: Client) -> None:
    acme.post("/api/tenant/pause/", {"reason": "Our books are closed"})
    acme.post("/api/tenant/resume/", None)

    events = acme.json(acme.get("/api/events/"))["data"]

    assert [(event["type"], event["sequence"]) for event in events] == [("tenant.paused", 2), ("tenant.resumed", 3)]
    assert events[0]["data"]["paused"]["reason"] == "Our books are closed"
