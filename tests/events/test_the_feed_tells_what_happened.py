"""The feed tells a tenant everything that happened to its objects, page by page, and nothing of anybody else's."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from payouts_service.events import feed
from payouts_service.events.log import Fact, UnknownEventType, append, known_types
from payouts_service.events.responses import EventPage
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.tenants.models import ApiKey
from tests.client import PAYOUTS, Client, address
from tests.events.feed_reader import EVENTS, read_on, read_page, told
from tests.http.problem_documents import problem, wrong_fields


@pytest.fixture
def five(acme: Client) -> list[str]:
    """Five payouts, the oldest first."""
    return [acme.create(connector="manual")["id"] for _ in range(5)]


def test_an_empty_feed_has_a_cursor_to_wait_with(acme: Client) -> None:
    first = read_page(acme)
    assert (first["data"], first["has_more"]) == ([], False)

    payout_id = acme.create()["id"]

    assert told(read_page(acme, cursor=first["next_cursor"])["data"]) == [("payout.created", payout_id)]


def test_an_event_tells_who_did_what_by_which_request(acme: Client) -> None:
    payout = acme.create(connector="manual")
    changed = acme.json(acme.patch(address(payout["id"]), {"comment": "New"}, X_Request_Id="edit-8"))

    page = read_page(acme)
    EventPage.model_validate(page)
    event = page["data"][1]
    assert event.pop("id").startswith("evt_")
    assert event == {
        "object": "event",
        "type": "payout.updated",
        "sequence": 2,
        "object_type": "payout",
        "object_id": payout["id"],
        "data": changed,
        "actor": {"type": "api_key", "id": ids.to_text("key", ApiKey.objects.get().id)},
        "request_id": "edit-8",
        "occurred_at": changed["updated_at"],
    }


def test_a_deleted_payout_is_told_of_to_the_end(acme: Client) -> None:
    payout_id = acme.create(connector="manual")["id"]
    acme.delete(address(payout_id))

    events, _ = read_on(acme, None)
    assert told(events) == [("payout.created", payout_id), ("payout.deleted", payout_id)]
    assert events[1]["data"]["recipient_details"] == events[0]["data"]["recipient_details"]
    assert "DE89370400440532013000" not in str(events)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 200])
def test_the_pages_together_hold_each_event_once_oldest_first(acme: Client, five: list[str], limit: int) -> None:
    seen: list[str] = []
    cursors: list[str] = []
    page = read_page(acme, limit=limit)
    while True:
        assert len(page["data"]) <= limit
        seen += [event["object_id"] for event in page["data"]]
        cursors.append(page["next_cursor"])
        if not page["has_more"]:
            break
        page = read_page(acme, limit=limit, cursor=page["next_cursor"])

    assert seen == five
    assert len(cursors) == -(-5 // limit)
    assert read_page(acme, limit=limit, cursor=cursors[-1]) == {
        "data": [],
        "has_more": False,
        "next_cursor": cursors[-1],
    }


def test_a_page_is_read_again_with_its_cursor(acme: Client, five: list[str]) -> None:
    first = read_page(acme, limit=2)
    second = read_page(acme, limit=2, cursor=first["next_cursor"])
    acme.create()

    assert read_page(acme, limit=2, cursor=first["next_cursor"]) == second


def test_types_choose_events_and_the_cursor_passes_the_others(acme: Client, five: list[str]) -> None:
    for payout_id in (five[1], five[3]):
        acme.post(f"{address(payout_id)}cancel/", {"reason": "Ordered twice"})
    acme.patch(address(five[0]), {"comment": "New"})

    failed, cursor = read_on(acme, None, type="payout.failed", limit=1)
    assert told(failed) == [("payout.failed", five[1]), ("payout.failed", five[3])]
    assert read_page(acme, cursor=cursor)["data"] == []
    several, _ = read_on(acme, None, type=["payout.updated", "payout.failed"])
    assert [event["object_id"] for event in several] == [five[1], five[3], five[0]]
    assert read_on(acme, None, type="payout.deleted")[0] == []


def test_a_page_by_type_looks_no_farther_than_it_says(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ids_ = [acme.create(connector="manual")["id"] for _ in range(7)]
    acme.post(f"{address(ids_[6])}cancel/", {"reason": "Ordered twice"})
    monkeypatch.setattr(feed, "SCANNED_AT_MOST", 3)

    first = read_page(acme, type="payout.failed")
    assert (first["data"], first["has_more"]) == ([], True)
    second = read_page(acme, type="payout.failed", cursor=first["next_cursor"])
    assert (second["data"], second["has_more"]) == ([], True)
    third = read_page(acme, type="payout.failed", cursor=second["next_cursor"])
    assert (told(third["data"]), third["has_more"]) == ([("payout.failed", ids_[6])], False)


def test_another_tenant_sees_none_of_it(acme: Client, globex: Client, five: list[str]) -> None:
    own = globex.create()["id"]

    assert told(read_on(globex, None)[0]) == [("payout.created", own)]
    problem(globex.get(f"{EVENTS}?cursor={read_page(acme, limit=1)['next_cursor']}"), 410, "cursor-gone")


def test_it_needs_its_scope(acme: Client, anonymous: Client) -> None:
    problem(anonymous.get(EVENTS), 401, "unauthenticated")
    problem(acme.with_scopes(()).get(EVENTS), 403, "missing-scope")
    problem(acme.post(EVENTS, {}), 405, "method-not-allowed")


def test_every_type_that_is_written_can_be_asked_for(acme: Client) -> None:
    payout = acme.json(acme.get(PAYOUTS))
    assert payout["data"] == []
    for name in known_types():
        assert read_page(acme, type=name)["data"] == []

    fact = Fact("payout.forgotten", acme.tenant_id, "payout", ids.new_id(), 1, {})
    with pytest.raises(UnknownEventType, match=r"payout\.forgotten"):
        append([fact], at=utc_now())
    assert read_page(acme)["data"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "٧"},
        {"limit": ["1", "2"]},
        {"type": ""},
        {"type": "\0"},
        {"type": "payout.paid"},
        {"type": ["payout.created", "created"]},
        {"type": ["payout.created"] * 21},
        {"object_id": "po_01j00000000000000000000000"},
        {"tenant_id": "1"},
        {"format": "json"},
        {"\0": "\0"},
    ],
    ids=repr,
)
def test_an_unknown_filter_or_value_is_named(acme: Client, query: dict[str, Any]) -> None:
    fields = wrong_fields(acme.get(f"{EVENTS}?{urlencode(query, doseq=True)}"))

    assert {field.split(".")[0] for field in fields} == {next(iter(query))}
