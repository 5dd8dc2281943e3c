"""A payout of which nothing was sent can be given up: it fails with the code ``canceled``."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payouts_service.kit.clock import utc_now, wire_time
from payouts_service.payouts import claims
from tests.client import Client, address
from tests.events.history import history
from tests.http.problem_documents import problem, wrong_fields

REASON = {"reason": "Ordered twice"}


def test_a_created_payout_fails_with_the_reason(acme: Client) -> None:
    payout = acme.create()

    response = acme.post(f"{address(payout['id'])}cancel/", REASON)

    canceled = acme.json(response)
    assert response["ETag"] == '"2"'
    assert (canceled["status"], canceled["version"], canceled["attempts"]) == ("failed", 2, 0)
    assert canceled["failure"] == {
        "code": "canceled",
        "party": "client",
        "message": "Ordered twice",
        "retryable": False,
    }
    assert history(payout["id"]) == ["payout.created", "payout.failed"]
    assert claims.claim_payable("simulator", 10).items == []


def test_a_scheduled_payout_can_be_canceled(acme: Client) -> None:
    payout = acme.create(scheduled_for=wire_time(utc_now() + timedelta(days=1)))

    assert acme.json(acme.post(f"{address(payout['id'])}cancel/", REASON))["waiting_for"] == []


def test_canceled_once_more_it_stays_as_it_is(acme: Client) -> None:
    payout = acme.create()
    canceled = acme.json(acme.post(f"{address(payout['id'])}cancel/", REASON))

    again = acme.post(f"{address(payout['id'])}cancel/", {"reason": "Another"})

    assert (again.status_code, acme.json(again)) == (200, canceled)


@pytest.mark.parametrize("status", ["processing", "completed", "failed"])
def test_later_it_is_refused(acme: Client, status: str) -> None:
    payout_id = acme.create(connector="manual")["id"]
    for step in ("processing", status):
        acme.patch(address(payout_id), {"status": step})
    before = acme.read(payout_id)

    refused = problem(acme.post(f"{address(payout_id)}cancel/", REASON), 409, "invalid-transition")

    assert (refused["from"], refused["to"]) == (status, "failed")
    assert acme.read(payout_id) == before


def test_a_stale_etag_refuses_it(acme: Client) -> None:
    payout_id = acme.create()["id"]
    acme.patch(address(payout_id), {"comment": "New"})

    problem(acme.post(f"{address(payout_id)}cancel/", REASON, If_Match='"1"'), 412, "precondition-failed")


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": None}, {"reason": "x" * 501}, {"reason": "4111111111111111"}, {"reason": 5}]
)
def test_it_needs_a_reason_that_can_be_read(acme: Client, body: dict[str, object]) -> None:
    assert set(wrong_fields(acme.post(f"{address(acme.create()['id'])}cancel/", body))) == {"reason"}
