"""The list of payouts is the API's, for people: the same filters, a search, and a file of exactly what is filtered."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from payouts_service.payouts.finding import search
from payouts_service.payouts.models import Payout, PayoutAttempt
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import Visitor, text_of


def ids_in(response: HttpResponse) -> list[str]:
    html = response.content.decode()
    return [part.split('"')[0] for part in html.split('title="')[1:] if part.startswith("po_")]


def exported(response: Any) -> list[dict[str, str]]:
    assert isinstance(response, StreamingHttpResponse)
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_it_shows_the_newest_first_with_masked_recipients(acme: Client) -> None:
    made = [acme.create()["id"] for _ in range(3)]
    page = Visitor.signed_in(acme.tenant_id, Role.AUDITOR).get("/payouts/")

    assert ids_in(page) == made[::-1]
    assert "150.00 EUR" in text_of(page)
    assert "DE89 •••• 3000" in text_of(page)
    assert "Lovelace" not in page.content.decode()
    assert "150,00 EUR" in text_of(_again(acme, "ru").get("/payouts/"))


def test_it_goes_page_by_page_and_keeps_the_filter(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payouts_service.console.payouts.ROWS", 2)
    made = [acme.create()["id"] for _ in range(3)]
    visitor = Visitor.signed_in(acme.tenant_id)

    first = visitor.get("/payouts/?status=created")
    [following] = [part.split('"')[0] for part in first.content.decode().split('href="')[1:] if "cursor=" in part][:1]
    assert following.startswith("?status=created&amp;cursor=")
    second = visitor.get("/payouts/" + following.replace("&amp;", "&"))

    assert ids_in(first) + ids_in(second) == made[::-1]
    assert "Back to the newest" in text_of(second)
    assert "Older" not in text_of(second)


def test_it_filters_as_the_api_does(acme: Client) -> None:
    euro, dollar = acme.create()["id"], acme.create(currency="USD", connector="manual")["id"]
    visitor = Visitor.signed_in(acme.tenant_id)
    today = f"{datetime.now(UTC):%Y-%m-%d}"

    assert ids_in(visitor.get(f"/payouts/?currency=USD&from={today}")) == [dollar]
    assert ids_in(visitor.get(f"/payouts/?connector=simulator&from={today}")) == [euro]
    assert ids_in(visitor.get("/payouts/?status=completed&status=failed")) == []
    assert ids_in(visitor.get(f"/payouts/?until={today}")) == []
    refused = visitor.get("/payouts/?currency=USD")
    assert refused.status_code == 400
    assert "Choose the first day" in text_of(refused)


@pytest.mark.parametrize("query", ["status=paid", "from=yesterday", "cursor=x", "currency=BTC&from=2026-01-01"])
def test_an_unknown_value_is_told_and_not_ignored(acme: Client, query: str) -> None:
    assert Visitor.signed_in(acme.tenant_id).get(f"/payouts/?{query}").status_code == 400


@pytest.mark.parametrize(
    "wanted",
    [
        "{id}",
        " {external_id} ",
        "{reference}",
        "{provider_reference}",
        "DE89 3704 0044 0532 0130 00",
        "\N{NO-BREAK SPACE}DE89\N{NO-BREAK SPACE}3704\t0044\N{NARROW NO-BREAK SPACE}0532 0130 00\r\n",
        "de89370400440532013000",
    ],
)
def test_a_search_finds_by_whatever_a_person_has(acme: Client, globex: Client, wanted: str) -> None:
    payout = acme.create(external_id="order-7")
    globex.create(external_id="order-7")
    attempt = PayoutAttempt.objects.create(
        payout=Payout.objects.get(external_id="order-7", tenant_id=acme.tenant_id),
        number=1,
        connector="simulator",
        reference="0" * 32,
        provider_reference="their-7",
        opened_at=datetime.now(UTC),
    )
    known = {**payout, "reference": attempt.reference, "provider_reference": attempt.provider_reference}

    answer = Visitor.signed_in(acme.tenant_id).post("/payouts/search/", {"text": wanted.format(**known)})

    assert answer["Location"] == f"/payouts/{payout['id']}/"


@pytest.mark.parametrize("wanted", ["", "nothing such", "po_00000000000000000000000000", "\0", "x" * 501, "+7 912"])
def test_a_search_for_what_is_not_there_says_so(acme: Client, wanted: str) -> None:
    acme.create()

    assert "No payout matches." in text_of(Visitor.signed_in(acme.tenant_id).post("/payouts/search/", {"text": wanted}))


def test_a_reference_that_other_tenants_have_too_hides_nothing(acme: Client, globex: Client) -> None:
    for client in (globex, acme):
        client.create()
        PayoutAttempt.objects.create(
            payout=Payout.objects.get(tenant_id=client.tenant_id),
            number=1,
            connector="simulator",
            reference=client.tenant_id.hex,
            provider_reference="7",
            opened_at=datetime.now(UTC),
        )

    found, _ = search(tenant_id=acme.tenant_id, text="7", after=None, limit=1)

    assert [payout.tenant_id for payout in found] == [acme.tenant_id]


def test_a_rare_currency_costs_no_more_and_is_found_further_on(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payouts_service.payouts.queries.LOOKED_AT_MOST", 2)
    rare = acme.create(currency="USD")["id"]
    for _ in range(3):
        acme.create()
    visitor = Visitor.signed_in(acme.tenant_id)

    first = visitor.get("/payouts/?currency=USD&from=2001-01-01")
    assert "None of the 2 payouts looked at; go on to older ones." in text_of(first)
    [following] = re.findall(r'href="(\?[^"]+)" rel="next"', first.content.decode())
    second = visitor.get("/payouts/" + following.replace("&amp;", "&"))

    assert ids_in(second) == [rare]
    assert [row["id"] for row in exported(visitor.get("/payouts/export/?currency=USD&from=2001-01-01"))] == [rare]
    everything = exported(visitor.get("/payouts/export/?currency=EUR&from=2001-01-01&status=created&status=failed"))
    assert len({row["id"] for row in everything}) == len(everything) == 3


def test_a_search_by_account_goes_page_by_page(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payouts_service.console.payouts.ROWS", 2)
    made = [acme.create()["id"] for _ in range(3)]
    visitor, account = Visitor.signed_in(acme.tenant_id), "DE89370400440532013000"

    first = visitor.post("/payouts/search/", {"text": account})
    cursor = first.content.decode().split('name="cursor" value="')[1].split('"')[0]
    second = visitor.post("/payouts/search/", {"text": account, "cursor": cursor})

    assert ids_in(first) + ids_in(second) == made[::-1]


def test_the_file_holds_exactly_what_is_filtered_and_no_formula(
    acme: Client, globex: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts_service.console.payouts.MAXIMUM_LIMIT", 2)
    made = [acme.create(comment="=1+1", external_id=f"@{number}")["id"] for number in range(5)]
    globex.create()
    acme.post(f"/api/payouts/{made[0]}/cancel/", {"reason": "-Twice"})
    visitor = Visitor.signed_in(acme.tenant_id)

    rows = exported(visitor.get("/payouts/export/?status=created"))

    assert [row["id"] for row in rows] == made[:0:-1]
    assert {(row["comment"], row["recipient"]) for row in rows} == {("'=1+1", "A. L. DE89 •••• 3000")}
    assert rows[0]["external_id"] == "'@4"
    everything = exported(visitor.get("/payouts/export/"))
    assert [row["failure_message"] for row in everything][-1].lstrip("'") == "-Twice"
    assert visitor.get("/payouts/export/?status=paid").status_code == 400


def test_a_payout_is_made_once_for_each_form(acme: Client) -> None:
    visitor = Visitor.signed_in(acme.tenant_id, Role.OPERATOR)
    token = visitor.get("/payouts/new/").content.decode().split('name="token" value="')[1].split('"')[0]
    typed = {
        "token": token,
        "amount": "12.50",
        "currency": "EUR",
        "kind": "iban",
        "iban-name": "Ada Lovelace",
        "iban-iban": "DE89 3704 0044 0532 0130 00",
        "text-text": "left from another kind",
        "comment": "By hand",
        "connector": "manual",
    }
    wrong = visitor.post("/payouts/new/", {**typed, "amount": "12.505", "iban-iban": "DE00"})
    assert wrong.status_code == 400
    assert "at most 2 digits after the point" in text_of(wrong)
    assert f'value="{token}"' in wrong.content.decode()

    nobody = visitor.post("/payouts/new/", {**typed, "amount": "", "kind": "king"})
    assert "Give one of these kinds" in text_of(nobody)
    lost = visitor.post("/payouts/new/", {**typed, "scheduled_for": "2026-13-01T00:00"})
    assert "Give a date" in text_of(lost)

    answers = {visitor.post("/payouts/new/", typed)["Location"] for _ in range(2)}

    [payout] = acme.json(acme.get("/api/payouts/"))["data"]
    assert answers == {f"/payouts/{payout['id']}/"}
    assert (payout["amount"], payout["connector"], payout["comment"]) == ("12.50", "manual", "By hand")
    [event] = acme.json(acme.get("/api/events/?type=payout.created"))["data"]
    assert event["actor"]["type"] == "person"
    other = visitor.post("/payouts/new/", {**typed, "amount": "13.00"})
    assert other.status_code == 422
    assert "open it anew" in text_of(other)


def _again(acme: Client, language: str) -> Visitor:
    visitor = Visitor(language=language)
    visitor.sign_in("auditor@example.com")
    return visitor
