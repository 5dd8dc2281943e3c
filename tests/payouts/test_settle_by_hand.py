"""A person moves a payout by PATCH: created → processing → completed or failed, and no other way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from payouts_service.connectors.contract import unknown
from payouts_service.kit.clock import utc_now, wire_time
from payouts_service.payouts import claims, settlement
from payouts_service.payouts.models import Decision, PayoutAttempt
from payouts_service.payouts.settlement import Result
from tests.client import Client, address
from tests.events.history import events_of, history
from tests.http.problem_documents import problem, wrong_fields

EVIDENCE = {"kind": "bank_statement", "text": "Entry 2026-11-23/0042"}


def _moved(client: Client, payout_id: str, status: str, **more: Any) -> dict[str, Any]:
    response = client.patch(address(payout_id), {"status": status, **more})
    assert response.status_code == 200, response.content
    assert response["ETag"] == f'"{client.json(response)["version"]}"'
    return client.json(response)


def _in(client: Client, status: str) -> str:
    """A payout of the connector ``manual`` in this status."""
    payout_id: str = client.create(connector="manual")["id"]
    for step in {"created": (), "processing": ("processing",)}.get(status, ("processing", status)):
        _moved(client, payout_id, step)
    return payout_id


def test_the_whole_story_is_told_by_patch(acme: Client) -> None:
    payout_id = acme.create(connector="manual")["id"]

    taken = _moved(acme, payout_id, "processing")
    assert (taken["status"], taken["progress"], taken["attempts"], taken["version"]) == (
        "processing",
        "in_flight",
        1,
        2,
    )
    done = _moved(acme, payout_id, "completed", reason="Paid in the bank's pages", evidence=EVIDENCE)
    assert (done["status"], done["progress"], done["failure"], done["version"]) == ("completed", None, None, 3)
    assert acme.read(payout_id) == done
    assert history(payout_id) == ["payout.created", "payout.claimed", "payout.completed"]
    assert events_of(payout_id)[-1].data == done


def test_the_decision_is_kept_with_what_it_rests_on(acme: Client) -> None:
    _moved(acme, _in(acme, "processing"), "completed", reason="Paid in the bank's pages", evidence=EVIDENCE)

    decision = Decision.objects.get()
    assert (decision.outcome, decision.reason) == ("confirmed", "Paid in the bank's pages")
    assert {"kind": decision.evidence_kind, "text": decision.evidence_text} == EVIDENCE
    assert (decision.actor_type, decision.attempt.connector) == ("api_key", "manual")
    assert decision.attempt.closed_at is not None


def test_a_failure_says_why_in_the_persons_words(acme: Client) -> None:
    failed = _moved(
        acme, _in(acme, "processing"), "failed", reason="It came back", failure_code="recipient_account_closed"
    )

    assert failed["failure"]["code"] == "recipient_account_closed"
    assert (failed["failure"]["party"], failed["failure"]["message"]) == ("recipient", "It came back")


def test_a_failure_without_a_code_is_the_persons_report(acme: Client) -> None:
    assert _moved(acme, _in(acme, "processing"), "failed")["failure"]["code"] == "reported_by_person"


ALLOWED = {"created": ["processing"], "processing": ["completed", "failed"], "completed": [], "failed": []}


@pytest.mark.parametrize("target", ALLOWED)
@pytest.mark.parametrize("source", ALLOWED)
def test_every_other_move_is_refused(acme: Client, source: str, target: str) -> None:
    payout_id = _in(acme, source)
    before = acme.read(payout_id)
    response = acme.patch(address(payout_id), {"status": target})

    if target in ALLOWED[source]:
        assert acme.json(response)["status"] == target
    elif target == source:
        assert (response.status_code, acme.json(response)) == (200, before)
    else:
        refused = problem(response, 409, "invalid-transition")
        assert (refused["from"], refused["to"], refused["allowed"]) == (source, target, ALLOWED[source])
        assert acme.read(payout_id) == before
        assert len(history(payout_id)) == before["version"]


def test_the_same_status_again_changes_nothing_whatever_stands_beside_it(acme: Client) -> None:
    payout_id = _in(acme, "processing")
    failed = _moved(acme, payout_id, "failed", reason="It came back")

    assert _moved(acme, payout_id, "failed", reason="Another", failure_code="unsupported_recipient") == failed
    assert Decision.objects.count() == 1


def test_a_payout_that_waits_cannot_be_taken(acme: Client) -> None:
    payout = acme.create(connector="manual", scheduled_for=wire_time(utc_now() + timedelta(days=1)))

    refused = problem(acme.patch(address(payout["id"]), {"status": "processing"}), 409, "invalid-transition")

    assert refused["allowed"] == []
    assert "schedule" in refused["detail"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"reason": "x"}, {"reason"}),
        ({"evidence": EVIDENCE}, {"evidence"}),
        ({"failure_code": "unsupported_recipient"}, {"failure_code"}),
        ({"status": "processing", "reason": "x"}, {"reason"}),
        ({"status": "processing", "evidence": EVIDENCE}, {"evidence"}),
        ({"status": "completed", "failure_code": "unsupported_recipient"}, {"failure_code"}),
        ({"status": "processing", "reason": "x", "failure_code": "unsupported_recipient"}, {"reason", "failure_code"}),
        ({"status": "failed", "failure_code": "canceled"}, {"failure_code"}),
        ({"status": "failed", "failure_code": "bad luck"}, {"failure_code"}),
        ({"status": "paid"}, {"status"}),
        ({"status": None}, {"status"}),
        ({"status": "completed", "reason": ""}, {"reason"}),
        ({"status": "completed", "reason": "x" * 501}, {"reason"}),
        ({"status": "completed", "reason": "4111 1111 1111 1111"}, {"reason"}),
        ({"status": "completed", "evidence": "seen"}, {"evidence"}),
        ({"status": "completed", "evidence": {"kind": "dream", "text": "x"}}, {"evidence.kind"}),
        ({"status": "completed", "evidence": {"kind": "other"}}, {"evidence.text"}),
        ({"status": "completed", "evidence": {**EVIDENCE, "text": "4111111111111111"}}, {"evidence.text"}),
        ({"status": "completed", "evidence": {**EVIDENCE, "by": "me"}}, {"evidence.by"}),
        ({"amount": "1.00"}, {"amount"}),
    ],
    ids=lambda given: repr(given if isinstance(given, dict) else sorted(given)),  # A set has no order to agree on.
)
def test_a_wrong_combination_is_named(acme: Client, body: dict[str, Any], fields: set[str]) -> None:
    payout_id = _in(acme, "processing")

    assert set(wrong_fields(acme.patch(address(payout_id), body))) == fields
    assert acme.read(payout_id)["version"] == 2


GROUNDS = {"reason": "The bank says that it went out", "evidence": EVIDENCE}


def test_what_a_connector_is_paying_is_not_settled_by_hand(acme: Client) -> None:
    payout_id = acme.create()["id"]
    claims.claim_payable("simulator", 1)

    for target in ("completed", "failed"):
        problem(acme.patch(address(payout_id), {"status": target, **GROUNDS}), 409, "attempt-in-flight")
    assert acme.read(payout_id)["version"] == 2


def test_an_unknown_outcome_is_settled_by_hand_with_a_reason_and_evidence(acme: Client) -> None:
    payout_id = acme.create()["id"]
    [claimed] = claims.claim_payable("simulator", 1).items
    late = Result(claimed.attempt.payout_id, claimed.attempt.id, claimed.token, "submit", unknown("timed out"))
    settlement.settle([late])
    for name, ground in GROUNDS.items():
        only = {"status": "completed", name: ground}
        problem(acme.patch(address(payout_id), only), 409, "attempt-in-flight")

    done = _moved(acme, payout_id, "completed", **GROUNDS)

    assert done["status"] == "completed"
    assert settlement.settle([late]) == [late]
    assert PayoutAttempt.objects.get().closed_at is not None
    assert history(payout_id) == ["payout.created", "payout.claimed", "payout.progressed", "payout.completed"]


def test_a_payout_with_a_provider_may_be_taken_by_a_person_before_it_is_sent(acme: Client) -> None:
    payout_id = acme.create(connector="simulator")["id"]

    _moved(acme, payout_id, "processing")

    assert claims.claim_payable("simulator", 10).items == []
    assert _moved(acme, payout_id, "completed")["status"] == "completed"
