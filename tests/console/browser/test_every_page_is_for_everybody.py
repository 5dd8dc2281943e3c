"""axe finds nothing serious on any page, in both themes, both languages, at a desk and on a phone."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Page

from tests.client import Client
from tests.console.browser.conftest import SignedIn, complaints_of, findings
from tests.console.browser.pages import PAGES

LOOKS: Final = [("en", "light", "desk"), ("ru", "dark", "desk"), ("ru", "light", "phone"), ("en", "dark", "phone")]


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page(acme: Client, signed_in: SignedIn, name: str, language: str, theme: str, width: str) -> None:
    page = signed_in(language=language, theme=theme, width=width)

    page.goto(PAGES[name](acme))

    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("html").get_attribute("data-bs-theme") == theme
    assert findings(page) == []
    assert complaints_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signing_in_by_keyboard_alone(
    acme: Client, signed_in: SignedIn, page: Page, console_url: str, theme: str
) -> None:
    signed_in()  # Makes the admin.
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # One of the two that it knows.
    page.goto("/")
    assert page.url.endswith("/sign-in/")
    assert findings(page) == []

    page.keyboard.type("admin@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery staple")
    page.keyboard.press("Enter")

    page.wait_for_url(f"{console_url}/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.locator("#content:focus").count() == 1
    assert complaints_of(page) == []


def test_the_menu_opens_on_a_phone_and_the_theme_is_switched(signed_in: SignedIn) -> None:
    page = signed_in(width="phone")
    page.goto("/")

    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Dark").click()

    page.wait_for_function("document.documentElement.dataset.bsTheme === 'dark'")
    assert complaints_of(page) == []
