"""Each door of the console opens to the roles that have its scope, and to no other: reading and doing alike."""

from __future__ import annotations

from itertools import product
from typing import Final

import pytest

from payouts_service.console import urls
from payouts_service.console.navigation import PLACES
from payouts_service.people.roles import PEOPLE_READ, PEOPLE_WRITE, Role, scopes_of
from payouts_service.tenants.scopes import Scope
from tests.client import Client
from tests.console.visitor import Visitor, text_of

NOBODYS: Final = "01j00000000000000000000000"
FOR_EVERYBODY: Final = {"sign-in/", "sign-out/", "preferences/", "tenant/", "password/"}
DOORS: Final = {
    ("GET", ""): Scope.PAYOUTS_READ,
    ("GET", "overview/needs/"): Scope.PAYOUTS_READ,
    ("GET", "overview/figures/"): Scope.PAYOUTS_READ,
    ("GET", "payouts/"): Scope.PAYOUTS_READ,
    ("POST", "payouts/search/"): Scope.PAYOUTS_READ,
    ("GET", "payouts/export/"): Scope.PAYOUTS_READ,
    ("GET", "payouts/new/"): Scope.PAYOUTS_WRITE,
    ("POST", "payouts/new/"): Scope.PAYOUTS_WRITE,
    ("GET", "payouts/<str:id>/"): Scope.PAYOUTS_READ,
    ("POST", "payouts/<str:id>/reveal/"): Scope.RECIPIENTS_REVEAL,
    ("POST", "payouts/<str:id>/cancel/"): Scope.PAYOUTS_WRITE,
    ("POST", "payouts/<str:id>/delete/"): Scope.PAYOUTS_WRITE,
    ("POST", "payouts/<str:id>/take/"): Scope.PAYOUTS_SETTLE,
    ("POST", "payouts/<str:id>/complete/"): Scope.PAYOUTS_SETTLE,
    ("POST", "payouts/<str:id>/fail/"): Scope.PAYOUTS_SETTLE,
    ("POST", "payouts/<str:id>/tell_return/"): Scope.RETURNS_WRITE,
    ("GET", "accounts/"): Scope.LEDGER_READ,
    ("GET", "accounts/<str:id>/"): Scope.LEDGER_READ,
    ("GET", "accounts/<str:id>/export/"): Scope.LEDGER_READ,
    ("GET", "accounts/top-up/"): Scope.TOP_UPS_WRITE,
    ("POST", "accounts/top-up/"): Scope.TOP_UPS_WRITE,
    ("GET", "connectors/"): Scope.CONNECTORS_READ,
    ("POST", "connectors/<str:name>/pause/"): Scope.CONNECTORS_OPERATE,
    ("POST", "connectors/<str:name>/resume/"): Scope.CONNECTORS_OPERATE,
    ("POST", "tenant/pause/"): Scope.TENANT_OPERATE,
    ("POST", "tenant/resume/"): Scope.TENANT_OPERATE,
    ("GET", "keys/"): Scope.KEYS_READ,
    ("GET", "keys/new/"): Scope.KEYS_WRITE,
    ("POST", "keys/new/"): Scope.KEYS_WRITE,
    ("GET", "keys/<str:id>/"): Scope.KEYS_READ,
    ("POST", "keys/<str:id>/rotate/"): Scope.KEYS_WRITE,
    ("POST", "keys/<str:id>/revoke/"): Scope.KEYS_WRITE,
    ("GET", "people/"): PEOPLE_READ,
    ("GET", "people/new/"): PEOPLE_WRITE,
    ("POST", "people/new/"): PEOPLE_WRITE,
    ("GET", "people/<str:id>/"): PEOPLE_READ,
    ("POST", "people/<str:id>/role/"): PEOPLE_WRITE,
    ("POST", "people/<str:id>/deactivate/"): PEOPLE_WRITE,
    ("POST", "people/<str:id>/reactivate/"): PEOPLE_WRITE,
    ("POST", "people/<str:id>/password/"): PEOPLE_WRITE,
    ("GET", "events/"): Scope.EVENTS_READ,
    ("GET", "integrity/"): Scope.CONNECTORS_READ,
    ("GET", "simulator/"): Scope.CONNECTORS_READ,
}
OF_THOSE_WHO_RUN_IT: Final = {"simulator/"}
"""What shows more than one tenant's."""


def test_every_door_is_here() -> None:
    assert {str(each.pattern) for each in urls.urlpatterns} == {route for _, route in DOORS} | FOR_EVERYBODY


@pytest.mark.parametrize(("role", "runs_service"), list(product(Role, [True, False])))
def test_a_role_opens_its_doors_and_no_others(acme: Client, role: Role, *, runs_service: bool) -> None:
    visitor = Visitor.signed_in(acme.tenant_id, role, runs_service=runs_service)
    scopes = scopes_of(role, runs_service=runs_service)

    for (method, route), scope in DOORS.items():
        address = "/" + route.replace("<str:id>", f"me_{NOBODYS}").replace("<str:name>", "nowhere")
        answer = visitor.get(address) if method == "GET" else visitor.post(address)

        may = scope in scopes and (runs_service or route not in OF_THOSE_WHO_RUN_IT)
        assert (answer.status_code == 403) == (not may), (method, route, answer.status_code)
        assert answer.status_code < 500, (method, route)


@pytest.mark.parametrize("role", Role)
def test_the_menu_shows_what_the_role_may_see(acme: Client, role: Role) -> None:
    page = Visitor.signed_in(acme.tenant_id, role).get("/").content.decode()

    seen = {place.address for place in PLACES if f'class="place" href="{place.address}"' in page}
    assert seen == {place.address for place in PLACES if place.scope in scopes_of(role, runs_service=True)}


def test_what_a_role_may_not_do_is_shown_with_the_reason(acme: Client) -> None:
    auditor = Visitor.signed_in(acme.tenant_id, Role.AUDITOR)

    assert "Your role lacks the scope connectors:operate." in text_of(auditor.get("/connectors/"))
    assert "Your role lacks the scope tenant:operate." in text_of(auditor.get("/connectors/"))
    assert "Your role lacks the scope top-ups:write." in text_of(auditor.get("/accounts/"))
    assert "Your role lacks the scope keys:write." in text_of(auditor.get("/keys/"))
    assert "Your role lacks the scope people:write." in text_of(auditor.get("/people/"))
