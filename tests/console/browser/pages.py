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


PAGES: Final[Mapping[str, Callable[[Client], str]]] = {
    "overview": lambda _acme: "/",
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
