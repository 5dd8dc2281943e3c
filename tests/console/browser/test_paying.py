"""A payout's way through the console, in a real browser: made by hand, found, filtered, and settled by hand."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Page, expect

from payouts_service.connectors.contract import unknown
from payouts_service.payouts import claims, settlement
from payouts_service.payouts.settlement import Result
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.browser.conftest import SignedIn, complaints_of

LOOKS: Final = pytest.mark.parametrize("looks", [("en", "light", "desk"), ("ru", "dark", "phone")], ids="-".join)
IBAN: Final = "GB29NWBK60161331926819"


def opened(signed_in: SignedIn, role: Role, looks: tuple[str, str, str]) -> Page:
    language, theme, width = looks
    return signed_in(role, language=language, theme=theme, width=width)


@LOOKS
def test_making_one_by_hand_and_finding_it_by_what_is_pasted(
    acme: Client, signed_in: SignedIn, looks: tuple[str, str, str]
) -> None:
    page = opened(signed_in, Role.OPERATOR, looks)
    page.goto("/payouts/new/")

    page.locator("#amount").fill("1250.50")
    page.locator("#currency").select_option("EUR")
    page.locator("input[name=kind][value=iban]").check()
    page.locator("[data-kind=iban] input[name$=iban]").fill(IBAN)
    page.locator("[data-kind=iban] input[name$=name]").fill("Ada Lovelace")
    page.locator("#connector").select_option("manual")
    page.locator("#external_id").fill("invoice-7")
    page.locator("form.form-card button").click()

    expect(page.locator("h1")).to_contain_text("EUR")
    [made] = acme.json(acme.get("/api/payouts/"))["data"]
    assert (made["amount"], made["external_id"]) == ("1250.50", "invoice-7")
    assert page.url.endswith(f"/payouts/{made['id']}/")
    assert IBAN not in page.content()
    for pasted in ("GB29 NWBK 6016 1331 9268 19", "invoice-7", made["id"]):
        page.goto("/payouts/")
        page.locator("form.search input[name=text]").fill(pasted)
        page.locator("form.search button").click()
        expect(page.locator(f"a[href='/payouts/{made['id']}/'], #actions").first).to_be_visible()
    assert complaints_of(page) == []


@LOOKS
def test_the_list_and_its_csv_are_what_is_filtered(
    acme: Client, signed_in: SignedIn, looks: tuple[str, str, str]
) -> None:
    wanted = acme.create(connector="manual", external_id="=1+1")
    given_up = acme.create(connector="manual")
    acme.post(f"/api/payouts/{given_up['id']}/cancel/", {"reason": "Asked for"})
    page = opened(signed_in, Role.AUDITOR, looks)
    page.goto("/payouts/")

    page.locator("input[name=status][value=created]").check()
    page.locator("form.filters .filter-buttons button").click()

    expect(page.locator(f"a[href='/payouts/{wanted['id']}/']").first).to_be_visible()
    expect(page.locator(f"a[href='/payouts/{given_up['id']}/']")).to_have_count(0)
    with page.expect_download() as download:
        page.locator("a[download]").click()
    told = download.value.path().read_text()
    assert wanted["id"] in told
    assert given_up["id"] not in told
    assert ",=1+1," not in told
    assert complaints_of(page) == []


@LOOKS
def test_settling_an_unknown_outcome_that_the_overview_asks_for(
    acme: Client, signed_in: SignedIn, looks: tuple[str, str, str]
) -> None:
    payout = acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    settlement.settle([Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", unknown("no answer"))])
    page = opened(signed_in, Role.APPROVER, looks)
    page.goto("/")

    page.locator("a[href*='need=unknown']").click()
    page.locator(f"a[href='/payouts/{payout['id']}/']").first.click()
    page.locator("#complete summary").click()
    page.locator("#complete form button").click()
    expect(page.locator("#complete")).to_have_attribute("open", "")  # Without reason and evidence it goes nowhere.
    page.locator("#evidence-text-complete").fill("Bank statement, line 7")
    page.locator("#reason-complete").fill("The money has left")
    page.locator("#complete form button").click()

    expect(page.locator("#complete")).to_have_count(0)
    assert acme.read(payout["id"])["status"] == "completed"
    assert "The money has left" in page.content()
    page.goto("/")
    expect(page.locator("a[href*='need=unknown']")).to_have_count(0)
    assert complaints_of(page) == []


@LOOKS
def test_an_auditor_sees_why_nothing_is_his_to_do(
    acme: Client, signed_in: SignedIn, looks: tuple[str, str, str]
) -> None:
    payout = acme.create(connector="manual")
    page = opened(signed_in, Role.AUDITOR, looks)
    page.goto(f"/payouts/{payout['id']}/")

    expect(page.locator(".actions form")).to_have_count(0)
    for disabled in page.locator(".actions button").all():
        expect(disabled).to_be_disabled()
        expect(page.locator(f"#{disabled.get_attribute('aria-describedby')}")).not_to_be_empty()
    page.goto("/payouts/")
    expect(page.locator("a[href='/payouts/new/']")).to_have_count(0)
    answer = page.goto("/payouts/new/")
    assert answer is not None
    assert answer.status == 403
    assert complaints_of(page) == []
