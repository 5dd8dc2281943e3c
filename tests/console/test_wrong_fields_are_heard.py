"""Whoever hears a form hears of each field how it is filled in, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest

import payouts_service.console
from tests.client import Client
from tests.console.visitor import PASSWORD, Visitor

TEMPLATES: Final = sorted((Path(payouts_service.console.__file__).parent / "templates").rglob("*.html"))
MARKED: Final = {"input", "select", "textarea", "div"}  # A div with the role of a radio group.
LONG: Final = "x" * 2000
DAY: Final = "0000-01-01"


class Heard(HTMLParser):
    """A page's elements, each with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """The parser's."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def ids(self, css_class: str) -> set[str]:
        """Of the elements of this class."""
        return {has.get("id", "") for _, has in self.elements if css_class in has.get("class", "").split()}

    def described(self) -> set[str]:
        """The ids by which elements are described."""
        return {name for _, has in self.elements for name in has.get("aria-describedby", "").split()}

    def wrong(self) -> set[str]:
        """The ids of the fields that are marked as wrong."""
        return {has["id"] for tag, has in self.elements if tag in MARKED and has.get("aria-invalid") and "id" in has}


def _payout(acme: Client, **more: Any) -> str:
    return str(acme.create(connector="manual", **more)["id"])


def _taken(acme: Client) -> str:
    payout = _payout(acme)
    acme.patch(f"/api/payouts/{payout}/", {"status": "processing"})
    return f"/payouts/{payout}/"


def _completed(acme: Client) -> str:
    address = _taken(acme)
    evidence = {"kind": "bank_statement", "text": "Line 7"}
    acme.patch(f"/api{address}", {"status": "completed", "reason": "Seen", "evidence": evidence})
    return address


def _key(acme: Client) -> str:
    return f"/keys/{acme.json(acme.get('/api/keys/'))['data'][0]['id']}/rotate/"


Form = tuple[Callable[[Client], str], Mapping[str, Any], set[str]]
FORMS: Final[Mapping[str, Form]] = {
    "a new payout": (
        lambda _acme: "/payouts/new/",
        {"token": "once", "kind": "iban", "iban-name": "Ada", "iban-iban": "DE00", "amount": "much", "currency": "XTS"}
        | {"connector": "x", "external_id": "not one", "scheduled_for": "soon", "comment": LONG},
        {"amount", "currency", "connector", "iban-iban", "external_id", "scheduled_for", "comment"},
    ),
    "a new payout of no kind": (
        lambda _acme: "/payouts/new/",
        {"token": "once", "amount": "1.00", "currency": "EUR", "kind": "cash"},
        {"kind"},
    ),
    "a top-up": (
        lambda _acme: "/accounts/top-up/",
        {"currency": "XTS", "amount": "much", "external_id": "not one", "comment": LONG},
        {"currency", "amount", "external_id", "comment"},
    ),
    "a new key": (lambda _acme: "/keys/new/", {"scopes": "everything", "expires_on": DAY}, {"name", "expires_on"}),
    "a rotation": (_key, {"overlap_seconds": "forever"}, {"overlap"}),
    "a new user": (
        lambda _acme: "/people/new/",
        {"name": "", "email": "nobody", "role": "operator"},
        {"email", "name"},
    ),
    "a new user of no role": (lambda _acme: "/people/new/", {"role": "king"}, {"roles"}),
    "a new password": (lambda _acme: "/password/", {"current": PASSWORD, "password": "short"}, {"password"}),
    "the password until now": (
        lambda _acme: "/password/",
        {"current": "x", "password": f"new {PASSWORD}"},
        {"current"},
    ),
    "settling": (
        lambda acme: f"{_taken(acme)}fail/",
        {"version": "2", "failure_code": "bad luck"},
        {"evidence-kind-fail", "evidence-text-fail", "failure-code", "reason-fail"},
    ),
    "a return": (
        lambda acme: f"{_completed(acme)}tell_return/",
        {"version": "3", "amount": "much", "provider_reference": "R 1"},
        {"return-amount", "return-reference", "reason-tell_return"},
    ),
    "a pause": (lambda _acme: "/tenant/pause/", {"reason": ""}, {"reason-tenant"}),
}
LISTS: Final = {
    "/payouts/?status=x": set[str](),  # Of its boxes none is wrong by itself.
    f"/payouts/?from={DAY}&until={DAY}&currency=x&connector=x": {"from", "until", "currency", "connector"},
    "/payouts/?need=x": {"need"},
    f"/events/?from={DAY}&until={DAY}": {"from", "until"},
    "/events/?type=x": {"type"},
    "/events/?object=x": {"object"},
}


def assert_heard(html: str) -> set[str]:
    """Each sentence about a field is what its field is described by; the marked fields."""
    page = Heard(html)
    assert (page.ids("invalid-feedback") | page.ids("form-hint")) - {""} == page.described()
    assert "" not in page.ids("invalid-feedback")
    return page.wrong()


@pytest.mark.parametrize("name", FORMS)
def test_in_a_form(acme: Client, name: str) -> None:
    address, typed, wrong = FORMS[name]

    refused = Visitor.signed_in(acme.tenant_id).post(address(acme), dict(typed))

    assert refused.status_code == 400, refused
    assert assert_heard(refused.content.decode()) == wrong


@pytest.mark.parametrize("address", LISTS)
def test_in_a_list(acme: Client, address: str) -> None:
    refused = Visitor.signed_in(acme.tenant_id).get(address)

    assert refused.status_code == 400, refused
    assert assert_heard(refused.content.decode()) == LISTS[address]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_what_is_said_to_be_wrong_is_tied_to_a_field(template: Path) -> None:
    source = template.read_text()
    spoken = set(re.findall(r'{% wrong "?([\w.-]+)', source))

    tied = {name for name in spoken if re.search(rf'{{% field "?{re.escape(name)}"? |"{name}-error"', source)}

    assert tied == spoken
    assert "invalid-feedback" not in source
    assert " is-invalid" not in source
