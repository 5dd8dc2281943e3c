"""A list is read page by page, newest first, narrowed only by what it knows."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.client import PAYOUTS, Client, address
from tests.http.problem_documents import wrong_fields

GTE = "2026-01-01T00:00:00Z"


def _list(client: Client, **query: Any) -> dict[str, Any]:
    response = client.get(f"{PAYOUTS}?{urlencode(query, doseq=True)}")
    assert response.status_code == 200, response.content
    return client.json(response)


def _found(client: Client, **query: Any) -> list[str]:
    return [payout["id"] for payout in _list(client, **query)["data"]]


@pytest.fixture
def five(acme: Client) -> list[str]:
    """Five payouts, the newest first."""
    return [acme.create(connector="manual")["id"] for _ in range(5)][::-1]


def test_an_empty_list_says_so(acme: Client) -> None:
    assert _list(acme) == {"data": [], "has_more": False, "next_cursor": None}


def test_the_newest_comes_first_as_it_is_read_alone(acme: Client, five: list[str]) -> None:
    assert _list(acme)["data"] == [acme.read(payout_id) for payout_id in five]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_the_pages_together_hold_each_payout_once(acme: Client, five: list[str], limit: int) -> None:
    seen: list[str] = []
    page = _list(acme, limit=limit)
    while True:
        assert len(page["data"]) <= limit
        assert page["has_more"] is (page["next_cursor"] is not None)
        seen += [payout["id"] for payout in page["data"]]
        if not page["has_more"]:
            break
        page = _list(acme, limit=limit, cursor=page["next_cursor"])

    assert seen == five


def test_a_payout_made_meanwhile_does_not_move_the_next_page(acme: Client, five: list[str]) -> None:
    first = _list(acme, limit=2)
    acme.create()

    assert _found(acme, limit=2, cursor=first["next_cursor"]) == five[2:4]


def test_the_pages_of_several_statuses_are_merged_in_order(acme: Client, five: list[str]) -> None:
    for payout_id in (five[1], five[3]):
        acme.post(f"{address(payout_id)}cancel/", {"reason": "Ordered twice"})

    assert _found(acme, status="failed") == [five[1], five[3]]
    assert _found(acme, status="created") == [five[0], five[2], five[4]]
    assert _found(acme, status=["created", "failed"]) == five
    assert _found(acme, status=["created", "created"]) == [five[0], five[2], five[4]]
    first = _list(acme, status=["created", "failed"], limit=3)
    assert [payout["id"] for payout in first["data"]] == five[:3]
    assert _found(acme, status=["created", "failed"], limit=3, cursor=first["next_cursor"]) == five[3:]


def test_another_tenants_payouts_are_not_in_it(acme: Client, globex: Client, five: list[str]) -> None:
    assert _found(globex) == []


def test_a_cursor_shows_another_tenant_nothing(acme: Client, globex: Client, five: list[str]) -> None:
    own = globex.create()["id"]

    assert _found(globex, cursor=_list(acme, limit=1)["next_cursor"]) in ([], [own])


def test_connector_and_currency_narrow_within_a_window_of_time(acme: Client) -> None:
    euros = acme.create(connector="manual")["id"]
    dollars = acme.create(connector="simulator", currency="USD")["id"]

    assert _found(acme, connector="manual", created_at__gte=GTE) == [euros]
    assert _found(acme, currency="usd", created_at__gte=GTE) == [dollars]
    assert _found(acme, currency="USD", connector="manual", created_at__gte=GTE) == []
    for name, value in (("connector", "manual"), ("currency", "USD")):
        assert wrong_fields(acme.get(f"{PAYOUTS}?{name}={value}")) == {name: "needs-window"}


def test_a_window_takes_its_beginning_and_leaves_its_end(acme: Client, five: list[str]) -> None:
    moment = acme.read(five[2])["created_at"]

    assert _found(acme, created_at__gte=moment) == five[:3]
    assert _found(acme, created_at__lt=moment) == five[3:]
    assert _found(acme, created_at__gte=moment, created_at__lt=moment) == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "-1"},
        {"limit": "1.0"},
        {"limit": "1e3"},
        {"limit": "٧"},
        {"limit": ""},
        {"limit": "\0"},
        {"status": "paid"},
        {"status": ""},
        {"status": ["created", "\0"]},
        {"currency": "BTC"},
        {"connector": "nobody", "created_at__gte": GTE},
        {"connector": "\0", "created_at__gte": GTE},
        {"external_id": ""},
        {"external_id": "\0"},
        {"external_id": "x" * 65},
        {"idempotency_key": "\0"},
        {"idempotency_key": "x" * 256},
        {"idempotency_key": ""},
        {"created_at__gte": "yesterday"},
        {"created_at__gte": "2026-11-23T10:00:00"},
        {"created_at__gte": "0001-01-01T00:00:00+14:00"},
        {"created_at__lt": "9999-12-31T23:59:59-14:00"},
        {"created_at__lt": "\0"},
        {"created_at": GTE},
        {"offset": "1"},
        {"page": "2"},
        {"format": "xml"},
        {"format": "json"},
        {"amount": "1"},
        {"tenant_id": "1"},
        {"status__ne": "created"},
        {"\0": "\0"},
        {"limit": ["1", "2"]},
        {"currency": ["EUR", "USD"]},
    ],
    ids=repr,
)
def test_an_unknown_filter_or_value_is_named(acme: Client, query: dict[str, Any]) -> None:
    fields = wrong_fields(acme.get(f"{PAYOUTS}?{urlencode(query, doseq=True)}"))

    assert {field.split(".")[0] for field in fields} == {next(iter(query))}


def _encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "\0",
        "abc",
        "????",
        "курсор",
        "x" * 201,
        _encoded(None),
        _encoded({}),
        _encoded({"a": 1, "b": 2}),
        _encoded([]),
        _encoded(["2026-11-23T10:00:00+00:00"]),
        _encoded(["2026-11-23T10:00:00+00:00", 5]),
        _encoded(["2026-11-23T10:00:00+00:00", "\0" * 32]),
        _encoded(["2026-11-23T10:00:00", "0" * 32]),
        _encoded(["0001-01-01T00:00:00+14:00", "0" * 32]),
        _encoded([10**60, "0" * 32]),
        _encoded("ab"),
        base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(),
        base64.urlsafe_b64encode(b"[" * 150).decode(),
    ],
    ids=repr,
)
def test_a_cursor_that_is_not_ours_is_refused(acme: Client, cursor: str) -> None:
    assert set(wrong_fields(acme.get(f"{PAYOUTS}?{urlencode({'cursor': cursor})}"))) == {"cursor"}
