"""Every submission and every answer can be read, with nothing of the recipient in it."""

from __future__ import annotations

import json

import psycopg

from payouts_service.connectors.contract import confirmed
from payouts_service.payouts import claims, settlement
from payouts_service.payouts.settlement import Result
from tests.client import Client, address


def test_an_attempt_tells_its_reference_its_calls_and_their_outcomes(acme: Client) -> None:
    payout = acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    outcome = confirmed("sim_1", evidence={"http_status": 201})
    settlement.settle([Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", outcome)])

    response = acme.get(f"{address(payout['id'])}attempts/")

    [attempt] = acme.json(response)["data"]
    assert (attempt["number"], attempt["connector"], attempt["outcome"]) == (1, "simulator", "confirmed")
    assert (attempt["reference"], attempt["provider_reference"]) == (item.attempt.reference, "sim_1")
    assert attempt["closed_at"] is not None
    [exchange] = attempt["exchanges"]
    assert (exchange["call"], exchange["outcome"], exchange["evidence"]) == (
        "submit",
        "confirmed",
        {"http_status": 201},
    )
    assert "Lovelace" not in response.content.decode()
    assert "370400440532013000" not in response.content.decode()


def test_a_call_whose_worker_died_is_told_by_its_claim(acme: Client, superuser: psycopg.Connection) -> None:
    payout = acme.create()
    claims.claim_payable("simulator", 1)  # …and the worker dies.
    superuser.execute("UPDATE payouts_payoutattempt SET lease_until = now(), next_inquiry_at = now()")
    [asked] = claims.claim_due("simulator", 1).items

    [attempt] = acme.json(acme.get(f"{address(payout['id'])}attempts/"))["data"]

    assert (attempt["outcome"], attempt["exchanges"], attempt["unanswered_claims"]) == (None, [], 2)
    assert attempt["submitted_at"] > attempt["opened_at"]  # By the end of the lease of whoever died.

    answer = Result(asked.attempt.payout_id, asked.attempt.id, asked.token, "inquire", confirmed("sim_1"))
    settlement.settle([answer])
    [attempt] = acme.json(acme.get(f"{address(payout['id'])}attempts/"))["data"]
    assert (attempt["unanswered_claims"], len(attempt["exchanges"])) == (0, 1)


def test_a_decision_stands_beside_the_attempt_that_it_closed(acme: Client) -> None:
    payout = acme.create(connector="manual")
    assert acme.json(acme.get(f"{address(payout['id'])}attempts/")) == {"data": []}
    acme.patch(address(payout["id"]), {"status": "processing"})
    acme.patch(address(payout["id"]), {"status": "failed", "reason": "The bank was closed"})

    [attempt] = json.loads(acme.get(f"{address(payout['id'])}attempts/").content)["data"]

    assert (attempt["connector"], attempt["exchanges"]) == ("manual", [])
    assert (attempt["submitted_at"], attempt["unanswered_claims"]) == (None, 0)
    assert (attempt["decision"]["outcome"], attempt["decision"]["reason"]) == ("rejected", "The bank was closed")
    assert attempt["decision"]["actor"]["type"] == "api_key"
