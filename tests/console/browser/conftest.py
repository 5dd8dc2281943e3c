"""A real browser before the real web process: Debian's Chromium, Gunicorn, and the tests' database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from payouts_service.people import sessions
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import person
from tests.web_process import web_process

# Playwright keeps an event loop in this thread, and Django would not let an ORM be used beside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS: Final = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
SignedIn = Callable[..., Page]


@pytest.fixture(autouse=True)
def _cheap_passwords() -> None:
    """Not here: the web process checks them as it does in production."""


@pytest.fixture(scope="session")
def console_url(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the web process serves."""
    with (
        (tmp_path_factory.mktemp("web") / "log").open("wb") as log,
        web_process(stdout=log, stderr=log, settings={"WEB_CONCURRENCY": "1"}) as web,
    ):
        yield web.url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the run; each test has windows of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Browser, console_url: str) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a window: ``language`` en or ru, ``theme`` light or dark, ``width`` desk or phone."""
    opened = []

    def make(language: str = "en", theme: str = "light", width: str = "desk") -> BrowserContext:
        context = chromium.new_context(
            base_url=console_url,
            locale=language,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": WIDTHS[width]["width"], "height": WIDTHS[width]["height"]},
            reduced_motion="reduce",
        )
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def page(database: None, window: Callable[..., BrowserContext]) -> Page:
    """An empty page of somebody who is not signed in; whatever goes wrong in it fails the test."""
    return watched(window().new_page())


@pytest.fixture
def signed_in(acme: Client, window: Callable[..., BrowserContext], console_url: str) -> SignedIn:
    """A page of somebody new of acme's, of this role, who has signed in: ``signed_in(Role.AUDITOR, theme="dark")``."""

    def make(role: Role = Role.ADMIN, **looks: str) -> Page:
        store = SessionStore()
        sessions.begin(store, person(acme.tenant_id, role).person)
        store.save()
        context = window(**looks)
        context.add_cookies([{"name": "sessionid", "value": str(store.session_key), "url": console_url}])
        return watched(context.new_page())

    return make


def watched(page: Page) -> Page:
    """The page with an ear for what a browser complains of: errors of scripts, and what the policy has stopped."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.complaints = complaints  # type: ignore[attr-defined]  # Read by ``complaints_of``.
    return page


def complaints_of(page: Page) -> list[str]:
    """What the browser has complained of so far, but for answers that are no 200, which a test may want."""
    complaints: list[str] = page.complaints  # type: ignore[attr-defined]  # Given by ``watched``.
    return [said for said in complaints if not said.startswith("Failed to load resource: the server responded")]


def findings(page: Page) -> list[str]:
    """What axe finds serious or critical in the page as it is now."""
    page.evaluate((Path(__file__).parent / "axe-4.14.1" / "axe.min.js").read_text())
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:200]} {node['any'][0]['message'] if node['any'] else ''}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]
