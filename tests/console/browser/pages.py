"""Every page of the console, by a name: what must be there to see it, and its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.client import Client


def payouts(acme: Client) -> str:
    for number in range(3):
        acme.create(connector="manual", external_id=f"invoice-{number}", amount=f"{1234 * (number + 1)}.50")
    return "/payouts/"


def busy_overview(acme: Client) -> str:
    payouts(acme)
    settled_payout(acme)
    return "/"


def one_payout(acme: Client) -> str:
    payout = acme.create(connector="manual", comment="Invoice 42", metadata={"order": "42"})
    return f"/payouts/{payout['id']}/"


def settled_payout(acme: Client) -> str:
    address = one_payout(acme)
    evidence = {"kind": "bank_statement", "text": "Line 7"}
    for change in ({"status": "processing"}, {"status": "completed", "reason": "Seen", "evidence": evidence}):
        assert acme.patch(f"/api{address}", change).status_code == 200
    acme.post(f"/api{address}returns/", {"provider_reference": "R-1", "reason": "Account closed"})
    return address


PAGES: Final[Mapping[str, Callable[[Client], str]]] = {
    "overview": busy_overview,
    "empty overview": lambda _acme: "/",
    "payouts": payouts,
    "no payouts": lambda _acme: "/payouts/?status=failed",
    "one payout": one_payout,
    "settled payout": settled_payout,
    "new payout": lambda _acme: "/payouts/new/",
    "password": lambda _acme: "/password/",
    "not found": lambda _acme: "/nowhere/",
}
"""Each prepares its data through acme's API, and says where to look."""
