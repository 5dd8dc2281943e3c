"""A payout of which nothing was sent can be deleted: the row goes, its history stays."""

from __future__ import annotations

import pytest

from payouts_service.payouts import claims
from tests.client import PAYOUTS, Client, address
from tests.events.history import events_of, history
from tests.http.problem_documents import problem


def test_the_row_goes_and_the_events_stay(acme: Client) -> None:
    payout = acme.create()

    response = acme.delete(address(payout["id"]))

    assert (response.status_code, response.content) == (204, b"")
    assert acme.json(acme.get(PAYOUTS))["data"] == []
    assert history(payout["id"]) == ["payout.created", "payout.deleted"]
    snapshot = events_of(payout["id"])[-1].data
    assert snapshot == {**payout, "version": 2, "updated_at": snapshot["updated_at"]}
    assert snapshot["recipient_details"] == {"kind": "iban", "name": "A. L.", "iban": "DE89 •••• 3000"}
    assert claims.claim_payable("simulator", 10).items == []


def test_afterwards_every_request_for_it_is_not_found(acme: Client) -> None:
    where = address(acme.create()["id"])
    acme.delete(where)

    for response in (
        acme.get(where),
        acme.patch(where, {"comment": "x"}),
        acme.delete(where),
        acme.post(f"{where}cancel/", {"reason": "x"}),
    ):
        problem(response, 404, "not-found")


@pytest.mark.parametrize("status", ["processing", "completed", "failed"])
def test_later_it_is_refused(acme: Client, status: str) -> None:
    payout_id = acme.create(connector="manual")["id"]
    for step in ("processing", status):
        acme.patch(address(payout_id), {"status": step})
    before = acme.read(payout_id)

    refused = problem(acme.delete(address(payout_id)), 409, "invalid-transition")

    assert (refused["from"], refused["to"]) == (status, "deleted")
    assert acme.read(payout_id) == before


def test_a_stale_etag_refuses_it(acme: Client) -> None:
    payout_id = acme.create()["id"]
    acme.patch(address(payout_id), {"comment": "New"})

    problem(acme.delete(address(payout_id), If_Match='"1"'), 412, "precondition-failed")
    assert acme.delete(address(payout_id), If_Match='"2"').status_code == 204
