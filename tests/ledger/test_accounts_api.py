"""A tenant reads its accounts, their entries and their balances at any past time."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from payouts_service.http.spreadsheets import as_text
from payouts_service.payouts import engine
from tests.client import Client
from tests.http.problem_documents import problem

ACCOUNTS = "/api/accounts/"
ENTRIES = "/api/accounts/{id}/entries/"


def account(client: Client, kind: str, currency: str = "EUR") -> dict[str, Any]:
    found = client.json(client.get(f"{ACCOUNTS}?currency={currency}"))["data"]
    [one] = [each for each in found if each["kind"] == kind]
    told: dict[str, Any] = one
    return told


def address(of: dict[str, Any], more: str = "") -> str:
    return f"{ACCOUNTS}{of['id']}/{more}"


@pytest.fixture
def paid(acme: Client) -> list[str]:
    acme.post("/api/top-ups/", {"amount": "1000.00", "currency": "EUR"})
    payouts = [acme.create(connector="instant", amount="10.00")["id"] for _ in range(3)]
    engine.pay_ready("instant", budget_seconds=20)
    return payouts


def test_the_balances_of_a_currency_add_up_to_nothing(acme: Client, paid: list[str]) -> None:
    found = acme.json(acme.get(ACCOUNTS))["data"]

    assert {each["kind"]: each["balance"] for each in found} == {
        "funding": "-1000.00",
        "available": "970.00",
        "held": "0.00",
        "paid_out": "30.00",
        "returned": "0.00",
        "fees": "0.00",
    }
    assert account(acme, "available")["policy"] == {
        "kind": "postpaid",
        "credit_limit": None,
        "without_funds": "wait",
    }
    assert account(acme, "held")["policy"] is None


def test_entries_are_read_page_by_page(acme: Client, paid: list[str]) -> None:
    held = account(acme, "held")
    read: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = acme.json(acme.get(f"{address(held, 'entries/')}?limit=4{cursor}"))
        read += page["data"]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert [entry["kind"] for entry in read] == ["post"] * 3 + ["hold"] * 3
    assert [entry["balance"] for entry in read] == ["0.00", "10.00", "20.00", "30.00", "20.00", "10.00"]
    assert {entry["subject"] for entry in read} == set(paid)
    assert read[0]["amount"] == "-10.00"
    assert read[0]["other_account"] == account(acme, "paid_out")["id"]


def test_the_balance_at_a_past_time(acme: Client, paid: list[str]) -> None:
    available = account(acme, "available")
    entries = acme.json(acme.get(address(available, "entries/")))["data"]

    for entry in entries:
        told = acme.json(acme.get(f"{address(available)}?at={entry['at']}"))
        same = [each for each in entries if each["at"] == entry["at"]]
        assert (told["balance"], told["at"]) == (same[0]["balance"], entry["at"])
    assert acme.json(acme.get(f"{address(available)}?at=2020-01-01T00:00:00Z"))["balance"] == "0.00"


@pytest.mark.parametrize(("query", "headers"), [("?format=csv", {}), ("", {"Accept": "text/csv"})])
def test_all_entries_are_streamed_as_csv(
    acme: Client, paid: list[str], query: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts_service.accounts.statement._AT_ONCE", 2)
    available = account(acme, "available")

    response: HttpResponse | StreamingHttpResponse = acme.get(address(available, "entries/") + query, **headers)

    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode())))
    listed = acme.json(acme.get(address(available, "entries/")))["data"]
    assert [row["id"] for row in rows] == [entry["id"] for entry in listed]
    assert [row["amount"] for row in rows] == ["-10.00"] * 3 + ["1000.00"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", " =1+1", "\t=1", "\N{NO-BREAK SPACE}=1", "\uff1d1+1"]
)
def test_no_text_in_a_file_becomes_a_formula(text: str) -> None:
    assert as_text(text).startswith(f"'{text[0]}")
    assert as_text(text).removeprefix("'").removeprefix("'") == text


@pytest.mark.parametrize("separator", [";", "; ", "\n", "\r\n\t"])
def test_no_part_of_a_text_becomes_a_formula_where_semicolons_separate(separator: str) -> None:
    assert "=" not in re.sub(r"'\s*=", "", as_text(f"Rent{separator}=1+1{separator}=2"))


@pytest.mark.parametrize("text", ["po_1", "Rent; the second half", "a=1, b-c", "10:00 - 11:00", ""])
def test_a_text_that_is_no_formula_stays_as_it_is(text: str) -> None:
    assert as_text(text) == text


def test_another_tenant_sees_none_of_it(acme: Client, globex: Client, paid: list[str]) -> None:
    held = account(acme, "held")

    assert globex.json(globex.get(ACCOUNTS)) == {"data": []}
    for path in (address(held), address(held, "entries/"), address(held, "entries/?format=csv")):
        problem(globex.get(path), 404, "not-found")


@pytest.mark.parametrize("query", ["at=yesterday", "at=2026-13-01T00:00:00Z", "on=1", "at=2026-01-01T00:00:00Z&at=1"])
def test_a_wrong_time_is_refused(acme: Client, paid: list[str], query: str) -> None:
    problem(acme.get(f"{address(account(acme, 'held'))}?{query}"), 400, "invalid-fields")


@pytest.mark.parametrize(
    "query",
    ["cursor=abc", "cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwgIjEiXQ", "limit=0", "format=xml", "at__lt=1"],
)
def test_a_wrong_question_about_entries_is_refused(acme: Client, paid: list[str], query: str) -> None:
    problem(acme.get(f"{address(account(acme, 'held'), 'entries/')}?{query}"), 400, "invalid-fields")
