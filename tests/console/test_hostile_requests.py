"""Whatever a browser sends to a page, the page or a refusal comes back, and no failure of ours."""

from __future__ import annotations

from typing import Final

import pytest

from payouts_service.console.urls import urlpatterns
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import Visitor
from tests.http.test_hostile_input import QUERIES, addresses_of

STRANGE_PARTS: Final = ("po_\u0661", "%00", "%ED%A0%80", "x" * 2000)
HUGE: Final = "9" * 5000
"""More digits than Python makes a number of."""
FORMS: Final[dict[str, dict[str, str]]] = {
    "empty": {},
    "zeros": dict.fromkeys(("id", "token", "reason", "amount", "name", "role", "until", "version", "tenant"), "\0"),
    "words": dict.fromkeys(
        ("amount", "currency", "role", "version", "overlap", "kind", "scope", "next"), "1e9999 \u202e"
    ),
    "long": dict.fromkeys(
        ("amount", "reason", "name", "email", "password", "text", "version", "cursor", "overlap_seconds", "tenant"),
        "9" * 50_000,
    ),
    "settled": {
        "reason": "x",
        "evidence_kind": "other",
        "evidence_text": "x",
        "provider_reference": "x",
        "version": HUGE,
    },
}


OWN_QUERIES: Final = (
    "?from=0001-01-01",
    "?until=9999-12-31",
    "?from=0001-01-01&until=0001-01-01&currency=EUR",
    f"?from={HUGE}",
    "?status=created&status=created&status=created&status=created&status=created",
    "?need=parked&status=created&status=failed",
    "?object=%00",
    "?actor=%00:%00",
    "?span=%00",
)


@pytest.fixture
def visitor(acme: Client) -> Visitor:
    return Visitor.signed_in(acme.tenant_id, Role.ADMIN)


def addresses(acme: Client) -> list[str]:
    there = str(acme.create(connector="manual")["id"])
    return [
        address for address in addresses_of(urlpatterns, there, *STRANGE_PARTS) if not address.startswith("/sign-out/")
    ]


def test_no_query_makes_a_page_fail(acme: Client, visitor: Visitor) -> None:
    for path in addresses(acme):
        for query in ("", *QUERIES, *OWN_QUERIES):
            answer = visitor.get(path + query)
            list(answer)  # A file is made while it is read.
            answer.close()
            assert answer.status_code < 500, (path[:100], query[:60])


@pytest.mark.parametrize("form", FORMS)
def test_no_form_makes_an_action_fail(acme: Client, visitor: Visitor, form: str) -> None:
    for path in addresses(acme):
        answer = visitor.post(path, FORMS[form])
        assert answer.status_code < 500, path[:100]
