"""Every page of the console, by a name: what must be there to see it, and its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from payouts_service.audit.services import audit_and_record
from payouts_service.people.roles import Role
from payouts_service.people.wire import member_id_text
from tests.client import Client
from tests.console.visitor import person


def _account(acme: Client) -> str:
    acme.post("/api/top-ups/", {"amount": "1234567.50", "currency": "EUR", "comment": "Seed"})
    found = acme.json(acme.get("/api/accounts/"))["data"]
    return f"/accounts/{next(each['id'] for each in found if each['kind'] == 'available')}/"


def _key(acme: Client) -> str:
    return f"/keys/{acme.json(acme.get('/api/keys/'))['data'][0]['id']}/"


def _member(acme: Client) -> str:
    return f"/people/{member_id_text(person(acme.tenant_id, Role.OPERATOR, name='Grace').id)}/"


def _paused(acme: Client) -> str:
    acme.post("/api/tenant/pause/", {"reason": "The bank maintains its systems"})
    return "/connectors/"


def _events(acme: Client) -> str:
    acme.create()
    return "/events/"


def _audited(_acme: Client) -> str:
    audit_and_record()
    return "/integrity/"


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
    "wrong filters": lambda _acme: "/payouts/?from=0000-01-01&until=0000-01-01&currency=x&connector=x",
    "one payout": one_payout,
    "settled payout": settled_payout,
    "new payout": lambda _acme: "/payouts/new/",
    "accounts": lambda acme: _account(acme)[: len("/accounts/")],
    "account": _account,
    "top up": lambda _acme: "/accounts/top-up/",
    "connectors": _paused,
    "simulator": lambda _acme: "/simulator/",
    "events": _events,
    "integrity": _audited,
    "keys": lambda _acme: "/keys/",
    "key": _key,
    "new key": lambda _acme: "/keys/new/",
    "people": lambda _acme: "/people/",
    "member": _member,
    "new person": lambda _acme: "/people/new/",
    "password": lambda _acme: "/password/",
    "not found": lambda _acme: "/nowhere/",
}
"""Each prepares its data through acme's API, and says where to look."""
