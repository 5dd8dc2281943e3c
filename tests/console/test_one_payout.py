"""One payout tells why it is where it is, and offers what a person of this role may do with it now."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from payouts_service.accounts.services import set_policy
from payouts_service.ledger.chart import Chart
from payouts_service.payouts import claims
from payouts_service.payouts.actions import Action
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import Visitor, text_of

BY_HAND = {"reason": "Seen on the statement", "evidence_kind": "bank_statement", "evidence_text": "Line 7"}


def offered(visitor: Visitor, payout: str) -> set[str]:
    """The actions whose forms the page has."""
    html = visitor.get(f"/payouts/{payout}/").content.decode()
    return {action for action in Action if f'action="/payouts/{payout}/{action}/"' in html}


def act(visitor: Visitor, acme: Client, payout: str, action: str, **typed: Any) -> Any:
    version = acme.read(payout)["version"]
    return visitor.post(f"/payouts/{payout}/{action}/", {"version": version, **typed})


def in_both_languages(acme: Client, payout: str) -> tuple[str, str]:
    """What an admin reads of it in English, and in Russian."""
    english = text_of(Visitor.signed_in(acme.tenant_id).get(f"/payouts/{payout}/"))
    visitor = Visitor(language="ru")
    visitor.sign_in("admin@example.com")
    return english, text_of(visitor.get(f"/payouts/{payout}/"))


def test_it_explains_itself_in_both_languages(acme: Client) -> None:
    payout = acme.create(connector="manual")["id"]

    english, russian = in_both_languages(acme, payout)

    assert "It is accepted and waits for a person" in english
    assert "Выплата принята и ждёт человека" in russian
    assert "PATCH" not in english + russian
    assert "Accepted" in english
    assert "first key" in english, "the event's actor is named"


def test_it_tells_times_as_the_rest_of_the_page_does_and_the_api_as_the_wire_does(acme: Client) -> None:
    payout = acme.create(scheduled_for="2027-01-01T00:30:00+01:00")["id"]

    english, russian = in_both_languages(acme, payout)

    assert "It becomes ready at 2026-12-31 23:30:00." in english
    assert "Она станет готова к исполнению в 2026-12-31 23:30:00." in russian
    told = acme.json(acme.get(f"/api/payouts/{payout}/explain/"))
    assert told["next"] == "It becomes ready at 2026-12-31T23:30:00.000000Z."


def test_it_tells_amounts_as_the_rest_of_the_page_does(acme: Client) -> None:
    set_policy(Chart(acme.tenant_id, "EUR"), credit_limit=Decimal(0), fails_without_funds=False)
    payout = acme.create(amount="1234567.50", connector="instant")["id"]
    claims.claim_payable("instant", 1)

    english, russian = in_both_languages(acme, payout)

    assert "the account lacks 1,234,567.50 EUR." in english
    assert "на счёте не хватает 1 234 567,50 EUR." in russian
    told = acme.json(acme.get(f"/api/payouts/{payout}/explain/"))
    assert "lacks 1234567.50 EUR." in told["why"]


@pytest.mark.parametrize("name", ["items", "keys", "0", "name"])
def test_whatever_a_client_calls_its_metadata_is_shown(acme: Client, name: str) -> None:
    payout = acme.create(metadata={name: "Seven"})["id"]

    assert f"{name} Seven" in text_of(Visitor.signed_in(acme.tenant_id).get(f"/payouts/{payout}/"))


def test_a_payout_by_hand_goes_its_whole_way_in_the_console(acme: Client) -> None:
    payout = acme.create(connector="manual")["id"]
    visitor = Visitor.signed_in(acme.tenant_id)
    assert offered(visitor, payout) == {"take", "cancel", "delete"}

    assert act(visitor, acme, payout, "take").status_code == 302
    assert offered(visitor, payout) == {"complete", "fail"}
    assert act(visitor, acme, payout, "complete", **BY_HAND).status_code == 302
    assert "The payout is settled as completed." in text_of(visitor.get(f"/payouts/{payout}/"))
    assert offered(visitor, payout) == {"tell_return"}
    told = act(visitor, acme, payout, "tell_return", amount="50.00", provider_reference="R-1", reason="Closed")
    assert told.status_code == 302

    page = text_of(visitor.get(f"/payouts/{payout}/"))
    for told_there in (
        "Settled by hand: Confirmed Seen on the statement",
        "Line 7",
        "R-1 · Closed",
        "Hold Available Held 150.00 EUR",
        "Person Admin",
    ):
        assert told_there in page
    events = acme.json(acme.get("/api/events/"))["data"]
    of_person = [event["type"] for event in events if event["actor"]["type"] == "person"]
    assert of_person == ["payout.claimed", "payout.completed", "payout.returned"]


@pytest.mark.parametrize("missing", ["reason", "evidence_text", "evidence_kind"])
def test_settling_by_hand_asks_for_reason_and_evidence(acme: Client, missing: str) -> None:
    payout = acme.create(connector="manual")["id"]
    visitor = Visitor.signed_in(acme.tenant_id)
    act(visitor, acme, payout, "take")

    refused = act(visitor, acme, payout, "complete", **{**BY_HAND, missing: ""})

    assert refused.status_code == 400
    assert acme.read(payout)["status"] == "processing"
    kept = next(value for name, value in BY_HAND.items() if name not in {missing, "evidence_kind"})
    assert kept in refused.content.decode(), "what was typed is not lost"


def test_a_wrong_field_is_told_beside_it_and_spaces_around_are_none(acme: Client) -> None:
    payout = acme.create(connector="manual")["id"]
    visitor = Visitor.signed_in(acme.tenant_id, language="ru")
    act(visitor, acme, payout, "take")
    act(visitor, acme, payout, "complete", **{name: f" {value} " for name, value in BY_HAND.items()})
    assert acme.read(payout)["status"] == "completed"

    refused = act(visitor, acme, payout, "tell_return", provider_reference="R 1", reason="Closed").content.decode()
    field = refused[refused.index('id="return-reference"') :]
    assert field.index("латинскими буквами") < field.index("<textarea")
    assert "alert-danger" not in refused

    told = act(visitor, acme, payout, "tell_return", provider_reference=" R-1 ", amount=" 50.00 ", reason="Closed")
    assert told.status_code == 302


def test_of_very_many_events_the_last_are_shown(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payouts_service.console.payout._EVENTS_SHOWN", 2)
    payout = acme.create(connector="manual")["id"]
    for number in range(2):
        acme.patch(f"/api/payouts/{payout}/", {"comment": f"Change {number}"})

    page = Visitor.signed_in(acme.tenant_id).get(f"/payouts/{payout}/").content.decode()

    assert page.count('class="story-event') == 2
    assert "Accepted" not in page
    assert "the first 1 are in the audit trail" in page
    assert f'href="/events/?object={payout}"' in page


def test_whoever_has_not_seen_the_last_change_decides_nothing(acme: Client) -> None:
    payout = acme.create(connector="manual")["id"]
    acme.patch(f"/api/payouts/{payout}/", {"comment": "Changed meanwhile"})
    visitor = Visitor.signed_in(acme.tenant_id)

    for version in ("1", "", "x"):
        refused = visitor.post(f"/payouts/{payout}/cancel/", {"version": version, "reason": "Twice"})
        assert refused.status_code == 412
        assert "read it again and decide anew" in text_of(refused)
    assert acme.read(payout)["status"] == "created"


def test_cancel_and_delete_say_what_they_did(acme: Client) -> None:
    canceled, deleted = acme.create()["id"], acme.create()["id"]
    visitor = Visitor.signed_in(acme.tenant_id, Role.OPERATOR)

    act(visitor, acme, canceled, "cancel", reason="Ordered twice")
    act(visitor, acme, deleted, "delete")

    assert acme.read(canceled)["failure"]["message"] == "Ordered twice"
    assert "The payout is deleted; its history stays." in text_of(visitor.get("/payouts/"))
    assert visitor.get(f"/payouts/{deleted}/").status_code == 404


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.AUDITOR, set[str]()),
        (Role.OPERATOR, {"cancel", "delete"}),
        (Role.APPROVER, {"take"}),
        (Role.ADMIN, {"take", "cancel", "delete"}),
    ],
)
def test_a_role_is_offered_what_it_may_and_refused_the_rest(acme: Client, role: Role, allowed: set[str]) -> None:
    payout = acme.create(connector="manual")["id"]
    visitor = Visitor.signed_in(acme.tenant_id, role)

    assert offered(visitor, payout) == allowed
    for action in {"take", "cancel", "delete"} - allowed:
        assert act(visitor, acme, payout, action, reason="x").status_code == 403
    assert acme.read(payout)["version"] == 1
    assert ("Show in clear" in text_of(visitor.get(f"/payouts/{payout}/"))) == (role in {Role.APPROVER, Role.ADMIN})


def test_details_are_shown_in_clear_once_and_that_is_told(acme: Client) -> None:
    payout = acme.create()["id"]
    assert Visitor.signed_in(acme.tenant_id, Role.OPERATOR).post(f"/payouts/{payout}/reveal/").status_code == 403
    visitor = Visitor.signed_in(acme.tenant_id, Role.APPROVER)

    shown = visitor.post(f"/payouts/{payout}/reveal/")

    assert "DE89370400440532013000" in text_of(shown)
    assert "DE89370400440532013000" not in text_of(visitor.get(f"/payouts/{payout}/"))
    [event] = acme.json(acme.get("/api/events/?type=payout.details_revealed"))["data"]
    assert event["actor"]["type"] == "person"


def test_another_tenants_payout_is_not_there(acme: Client, globex: Client) -> None:
    payout = globex.create()["id"]
    visitor = Visitor.signed_in(acme.tenant_id)

    assert visitor.get(f"/payouts/{payout}/").status_code == 404
    for action in (*Action, "reveal"):
        assert visitor.post(f"/payouts/{payout}/{action}/", {"version": "1", **BY_HAND}).status_code == 404


def test_each_hindrance_is_what_the_verb_would_say(acme: Client) -> None:
    payout = acme.create(scheduled_for="2027-01-01T00:00:00Z")["id"]
    visitor = Visitor.signed_in(acme.tenant_id)
    assert "It waits for something first." in text_of(visitor.get(f"/payouts/{payout}/"))

    assert act(visitor, acme, payout, "take").status_code == 409
    assert act(visitor, acme, payout, "complete", **BY_HAND).status_code == 409
    told = act(visitor, acme, payout, "tell_return", provider_reference="R-1", reason="x")
    assert told.status_code == 409
    assert "Tell of a return once the payout is completed." not in text_of(visitor.get(f"/payouts/{payout}/"))
