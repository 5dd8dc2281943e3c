"""What those who operate do, in a real browser: pause, top up, make a key, add a user, and look it up afterwards."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.browser.conftest import SignedIn, complaints_of


def test_pausing_and_resuming_a_connector(acme: Client, signed_in: SignedIn) -> None:
    page = signed_in(Role.OPERATOR)
    page.goto("/connectors/")

    page.locator("summary", has_text="Pause simulator").click()
    page.get_by_label("Reason").locator("visible=true").fill("The bank is closed")
    page.get_by_role("button", name="Pause simulator").click()

    expect(page.get_by_role("status")).to_contain_text("Nothing more is sent through simulator.")
    expect(page.locator("#facts-simulator")).to_contain_text("The bank is closed")
    page.locator("summary", has_text="Resume simulator").click()
    page.get_by_role("button", name="Resume simulator").click()
    expect(page.get_by_role("status")).to_contain_text("Payouts are sent through simulator again.")
    assert complaints_of(page) == []


def test_the_facts_are_fetched_anew_and_a_half_filled_form_stays(acme: Client, signed_in: SignedIn) -> None:
    page = signed_in(Role.OPERATOR)
    page.goto("/connectors/")
    page.locator("summary", has_text="Pause simulator").click()
    reason = page.get_by_label("Reason").locator("visible=true")
    reason.fill("Half a rea")

    assert acme.post("/api/connectors/simulator/pause/", {"reason": "By somebody else"}).status_code == 200

    expect(page.locator("#facts-simulator")).to_contain_text("By somebody else", timeout=30_000)
    assert reason.input_value() == "Half a rea"
    assert complaints_of(page) == []


def test_what_is_fetched_anew_keeps_the_focus_and_what_was_opened(acme: Client, signed_in: SignedIn) -> None:
    acme.create(connector="manual")
    page = signed_in(Role.OPERATOR)
    page.goto("/")
    page.locator("#as-table-summary").click()
    page.locator("#call-1").focus()

    for part, address in ((".needs", "/overview/needs/"), ("#figures", "/overview/figures/")):
        page.locator(part).evaluate("part => { part.dataset.old = 'true'; }")
        page.evaluate("([target, address]) => htmx.ajax('GET', address, {target, swap: 'outerHTML'})", [part, address])
        expect(page.locator(f"{part}[data-old]")).to_have_count(0)

    expect(page.locator("#call-1")).to_be_focused()
    expect(page.locator("#as-table")).to_have_attribute("open", "")
    assert complaints_of(page) == []


def test_topping_up_and_reading_the_entry(acme: Client, signed_in: SignedIn) -> None:
    page = signed_in(Role.APPROVER)
    page.goto("/accounts/")
    page.get_by_role("link", name="Top up").click()

    page.get_by_label("Currency").select_option("EUR")
    page.get_by_label("Amount").fill("1500.00")
    page.get_by_role("button", name="Top up").click()

    expect(page.get_by_role("status")).to_contain_text("1,500.00 EUR are added to the balance.")
    page.locator("a.figure").click()
    expect(page.get_by_role("cell", name="+1,500.00 EUR")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert ",top_up,1500.00,EUR," in download.value.path().read_text()
    assert complaints_of(page) == []


def test_making_a_key_using_it_and_revoking_it(acme: Client, signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/keys/")
    page.get_by_role("link", name="New key").click()

    page.get_by_label("Name").fill("reports")
    page.get_by_label("Read events").check()
    page.get_by_role("button", name="Make the key").click()

    secret = page.locator("#secret").inner_text()
    assert Client(secret).get("/api/events/").status_code == 200
    page.get_by_role("link", name="Go on to the key").click()
    page.locator("summary", has_text="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text("The key reports is refused from now on.")
    assert Client(secret).get("/api/events/").status_code == 401
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("row")).to_have_count(3)
    assert complaints_of(page) == []


def test_a_new_user_signs_in_with_the_password_shown(acme: Client, signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/people/new/")

    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_label("E-mail").fill("grace@example.com")
    page.get_by_role("radio", name=re.compile("Auditor")).check()
    page.get_by_role("button", name="Make the user").click()

    password = page.locator("#secret").inner_text()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill("grace@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".who-name")).to_have_text("Grace Hopper")
    page.goto("/events/")
    page.get_by_label("Event").select_option("member.added")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Admin")
    assert complaints_of(page) == []
