"""Accounts show what the ledger says, and a top-up is booked once, however often its form is sent."""

from __future__ import annotations

import re
from typing import Any

import pytest

from payouts_service.console.paging import ROWS
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import Visitor, text_of


@pytest.fixture
def approver(acme: Client) -> Visitor:
    return Visitor.signed_in(acme.tenant_id, Role.APPROVER)


def top_up(acme: Client, amount: str = "5000.00", **more: Any) -> None:
    assert acme.post("/api/top-ups/", {"amount": amount, "currency": "EUR", **more}).status_code == 201


def account(acme: Client, kind: str = "available") -> dict[str, Any]:
    [found] = [each for each in acme.json(acme.get("/api/accounts/"))["data"] if each["kind"] == kind]
    return dict(found)


def form(visitor: Visitor) -> dict[str, str]:
    page = visitor.get("/accounts/top-up/").content.decode()
    return {"token": re.findall(r'name="token" value="([^"]+)"', page)[0], "currency": "EUR", "amount": "1234.50"}


def test_before_any_money_it_says_so(approver: Visitor) -> None:
    assert "No money has moved yet." in text_of(approver.get("/accounts/"))


def test_each_currency_shows_its_balances_and_policy(acme: Client, approver: Visitor) -> None:
    top_up(acme)

    page = text_of(approver.get("/accounts/"))

    assert "Available 5,000.00 EUR" in page
    assert "Postpaid" in page
    assert "Funding" in page
    assert "\N{MINUS SIGN}5,000.00 EUR" in page


def test_a_top_up_is_booked_once_for_each_form(acme: Client, approver: Visitor) -> None:
    filled = {**form(approver), "external_id": "statement-42/7", "comment": "The bank's line"}

    assert approver.post("/accounts/top-up/", filled)["Location"] == "/accounts/"
    assert "1,234.50 EUR are added to the balance." in text_of(approver.get("/accounts/"))
    assert approver.post("/accounts/top-up/", filled).status_code == 302
    assert "This top-up of 1,234.50 EUR is booked already." in text_of(approver.get("/accounts/"))

    assert account(acme)["balance"] == "1234.50"
    [told] = acme.json(acme.get("/api/events/?type=top_up.created"))["data"]
    assert told["actor"]["type"] == "person"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": "1,000"}, "Give the amount as a string of digits"),
        ({"amount": ""}, "This field is required."),
        ({"currency": "BTC"}, "Use one of the currencies"),
        ({"comment": "4111 1111 1111 1111"}, "Remove the card number"),
        ({"token": ""}, "Open the form anew."),
    ],
)
def test_a_wrong_top_up_comes_back_with_what_was_typed(
    acme: Client, approver: Visitor, wrong: dict[str, str], sentence: str
) -> None:
    refused = approver.post("/accounts/top-up/", {**form(approver), "external_id": "mine", **wrong})

    assert refused.status_code == 400
    assert sentence in text_of(refused)
    assert 'value="mine"' in refused.content.decode()
    assert acme.json(acme.get("/api/accounts/"))["data"] == []


def test_an_id_of_ones_own_is_booked_once(acme: Client, approver: Visitor) -> None:
    top_up(acme, external_id="statement-42/7")

    refused = approver.post("/accounts/top-up/", {**form(approver), "external_id": "statement-42/7"})

    assert refused.status_code == 409
    assert account(acme)["balance"] == "5000.00"


def test_entries_go_on_page_by_page(acme: Client, approver: Visitor) -> None:
    for number in range(1, ROWS + 3):
        top_up(acme, f"{number}.00")
    address = f"/accounts/{account(acme)['id']}/"

    first = approver.get(address)
    assert f"+{ROWS + 2}.00 EUR" in text_of(first)
    assert "+2.00 EUR" not in text_of(first)
    [following] = re.findall(r'href="(\?[^"]+)" rel="next"', first.content.decode())
    second = text_of(approver.get(address + following.replace("&amp;", "&")))

    assert "+2.00 EUR" in second
    assert "+1.00 EUR" in second
    assert "+3.00 EUR" not in second
    assert "Back to the newest" in second


def test_entries_of_a_period_and_the_same_as_a_file(acme: Client, approver: Visitor) -> None:
    top_up(acme)
    address = f"/accounts/{account(acme)['id']}/"

    assert "No entries in this period." in text_of(approver.get(f"{address}?from=2101-01-01"))
    assert "+5,000.00 EUR" in text_of(approver.get(f"{address}?from=2001-01-01&until=2101-01-01"))
    wrong = approver.get(f"{address}?from=yesterday")
    assert wrong.status_code == 400
    assert "Give a date" in text_of(wrong)

    file = approver.get(f"{address}export/?from=2001-01-01")
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    lines = b"".join(file).decode().splitlines()
    assert lines[0].startswith("id,at,kind,amount")
    assert ",top_up,5000.00,EUR,5000.00," in lines[1]


def test_an_account_of_another_tenant_is_not_found(globex: Client, approver: Visitor) -> None:
    top_up(globex)

    assert approver.get(f"/accounts/{account(globex)['id']}/").status_code == 404
    assert approver.get(f"/accounts/{account(globex)['id']}/export/").status_code == 404


@pytest.mark.parametrize(
    "cursor", ["x", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgImZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmYiXQ"]
)
def test_a_forged_cursor_is_no_failure_of_the_service(acme: Client, approver: Visitor, cursor: str) -> None:
    top_up(acme)

    assert approver.get(f"/accounts/{account(acme)['id']}/?cursor={cursor}").status_code in {200, 400}


def test_it_speaks_russian(acme: Client) -> None:
    top_up(acme)
    visitor = Visitor.signed_in(acme.tenant_id, Role.APPROVER, language="ru")

    assert "Доступно 5 000,00 EUR" in text_of(visitor.get("/accounts/"))
    refused = visitor.post("/accounts/top-up/", {**form(visitor), "amount": "много"})
    assert "Укажите сумму цифрами с точкой, например 1500.00" in text_of(refused)
