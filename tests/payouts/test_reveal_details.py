"""Whoever has the scope sees a payout's details in plain, in that answer only; an event tells that they did."""

from __future__ import annotations

import pytest

from payouts_service.events.models import Event
from payouts_service.kit.clock import utc_now
from payouts_service.tenants.scopes import Scope
from payouts_service.tenants.services import create_tenant
from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.http.problem_documents import problem, wrong_fields

REVEAL = "?reveal=recipient_details"
DETAILS = [
    IBAN_PAYOUT["recipient_details"],
    {"kind": "card_token", "token": "tok_1NvHYL2eZvKYlo2C", "last4": "4242"},
    {"kind": "text", "text": "Cash to Ada Lovelace, at the desk"},
]


@pytest.mark.parametrize("details", DETAILS, ids=lambda details: details["kind"])
def test_the_details_are_those_that_were_sent(acme: Client, details: dict[str, str]) -> None:
    payout = acme.create(recipient_details=details, connector="manual" if details["kind"] == "text" else "simulator")

    answer = acme.get(address(payout["id"]) + REVEAL)

    assert acme.json(answer) == {**payout, "recipient_details": details}
    assert answer["Cache-Control"] == "no-store"
    assert acme.read(payout["id"]) == payout  # Masked again, and of the same version.


def test_an_event_tells_who_saw_them_and_not_what(acme: Client) -> None:
    payout = acme.create()
    support = acme.with_scopes([Scope.PAYOUTS_READ, Scope.RECIPIENTS_REVEAL])

    for _ in range(2):
        support.get(address(payout["id"]) + REVEAL, X_Request_Id="ticket-7")

    events = acme.json(acme.get("/api/events/?type=payout.details_revealed"))["data"]
    assert [event["data"]["payout_id"] for event in events] == [payout["id"]] * 2
    assert len({event["object_id"] for event in events}) == 2
    assert {event["request_id"] for event in events} == {"ticket-7"}
    [maker] = {event["actor"]["id"] for event in events}
    assert maker != Event.objects.get(type="payout.created").actor_id
    kept = str(list(Event.objects.values()))
    assert [secret for secret in ("Ada Lovelace", "370400440532013") if secret in kept] == []


def test_without_the_scope_nothing_is_shown_and_nobody_learns_whether_it_exists(acme: Client, globex: Client) -> None:
    payout = acme.create()
    reader = acme.with_scopes(set(Scope) - {Scope.RECIPIENTS_REVEAL})

    for payout_id in (payout["id"], "po_01j00000000000000000000000"):
        assert problem(reader.get(address(payout_id) + REVEAL), 403, "missing-scope")["scope"] == "recipients:reveal"
    problem(acme.with_scopes([Scope.RECIPIENTS_REVEAL]).get(address(payout["id"]) + REVEAL), 403, "missing-scope")
    problem(globex.get(address(payout["id"]) + REVEAL), 404, "not-found")
    assert not Event.objects.filter(type="payout.details_revealed").exists()


@pytest.mark.parametrize("query", ["?reveal=", "?reveal=everything", f"{REVEAL}&{REVEAL[1:]}", "?revel=1"])
def test_a_wrong_wish_is_refused_and_recorded_nowhere(acme: Client, query: str) -> None:
    payout = acme.create()

    assert len(wrong_fields(acme.get(address(payout["id"]) + query))) == 1
    assert Event.objects.count() == 1


def test_a_list_reveals_nothing(acme: Client) -> None:
    acme.create()

    assert set(wrong_fields(acme.get(PAYOUTS + REVEAL))) == {"reveal"}


def test_the_first_key_of_a_tenant_may_not_and_cannot_make_one_that_may(database: None) -> None:
    first = Client(create_tenant(name="Acme", at=utc_now(), operates=True))
    payout = first.create()

    problem(first.get(address(payout["id"]) + REVEAL), 403, "missing-scope")
    body = {"name": "support", "scopes": ["payouts:read", "recipients:reveal"]}
    problem(first.post("/api/keys/", body), 403, "exceeds-own-key")
