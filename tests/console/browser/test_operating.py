"""What those who operate do, in a real browser: pause, top up, make a key, add a user, and look it up afterwards."""

from __future__ import annotations

from functools import partial
from typing import Final

import pytest
from playwright.sync_api import expect

from payouts_service.console.templatetags.console import digits
from payouts_service.console.texts import say
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.browser.conftest import SignedIn, complaints_of

LOOKS: Final = pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ru", "dark")])


@LOOKS
def test_pausing_and_resuming_a_connector(acme: Client, signed_in: SignedIn, language: str, theme: str) -> None:
    said = partial(say, language)
    pause, resume = (said(f"{verb} {{connector}}", connector="simulator") for verb in ("Pause", "Resume"))
    page = signed_in(Role.OPERATOR, language=language, theme=theme)
    page.goto("/connectors/")

    page.locator("summary", has_text=pause).click()
    page.get_by_label(said("Reason")).locator("visible=true").fill("The bank is closed")
    page.get_by_role("button", name=pause).click()

    expect(page.get_by_role("status")).to_contain_text(
        said("Nothing more is sent through {connector}.", connector="simulator")
    )
    expect(page.locator("#facts-simulator")).to_contain_text("The bank is closed")
    page.locator("summary", has_text=resume).click()
    page.get_by_role("button", name=resume).click()
    expect(page.get_by_role("status")).to_contain_text(
        said("Payouts are sent through {connector} again.", connector="simulator")
    )
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


@LOOKS
def test_topping_up_and_reading_the_entry(acme: Client, signed_in: SignedIn, language: str, theme: str) -> None:
    said = partial(say, language)
    money = f"{digits(language, '1500.00')}\N{NO-BREAK SPACE}EUR"
    page = signed_in(Role.APPROVER, language=language, theme=theme)
    page.goto("/accounts/")
    page.get_by_role("link", name=said("Top up")).click()

    page.get_by_label(said("Currency")).select_option("EUR")
    page.get_by_label(said("Amount")).fill("1500.00")
    page.get_by_role("button", name=said("Top up")).click()

    expect(page.get_by_role("status")).to_contain_text(said("{money} are added to the balance.", money=money))
    page.locator("a.figure").click()
    expect(page.get_by_role("cell", name=f"+{money}")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert ",top_up,1500.00,EUR," in download.value.path().read_text()
    assert complaints_of(page) == []


@LOOKS
def test_making_a_key_using_it_and_revoking_it(acme: Client, signed_in: SignedIn, language: str, theme: str) -> None:
    said = partial(say, language)
    page = signed_in(language=language, theme=theme)
    page.goto("/keys/")
    page.get_by_role("link", name=said("New key")).click()

    page.get_by_label(said("Name")).fill("reports")
    page.locator("input[name=scopes][value='events:read']").check()
    page.get_by_role("button", name=said("Make the key")).click()

    secret = page.locator("#secret").inner_text()
    assert Client(secret).get("/api/events/").status_code == 200
    page.get_by_role("link", name=said("Go on to the key")).click()
    page.locator("summary", has_text=said("Revoke")).click()
    page.get_by_role("button", name=said("Revoke")).click()
    expect(page.get_by_role("status")).to_contain_text(said("The key {name} is refused from now on.", name="reports"))
    assert Client(secret).get("/api/events/").status_code == 401
    page.get_by_role("link", name=said("History")).click()
    expect(page.get_by_role("row")).to_have_count(3)
    assert complaints_of(page) == []


@LOOKS
def test_a_new_user_signs_in_with_the_password_shown(
    acme: Client, signed_in: SignedIn, language: str, theme: str
) -> None:
    said = partial(say, language)
    page = signed_in(language=language, theme=theme)
    page.goto("/people/new/")

    page.get_by_label(said("Name")).fill("Grace Hopper")
    page.get_by_label(said("E-mail")).fill("grace@example.com")
    page.locator("input[name=role][value=auditor]").check()
    page.get_by_role("button", name=said("Make the user")).click()

    password = page.locator("#secret").inner_text()
    page.get_by_role("button", name=said("Sign out")).click()
    page.get_by_label(said("E-mail")).fill("grace@example.com")
    page.get_by_label(said("Password")).fill(password)
    page.get_by_role("button", name=said("Sign in")).click()
    expect(page.locator(".who-name")).to_have_text("Grace Hopper")
    page.goto("/events/")
    page.get_by_label(said("Event")).select_option("member.added")
    page.get_by_role("button", name=said("Search")).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Admin")
    assert complaints_of(page) == []
