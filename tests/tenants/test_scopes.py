"""A key may do what its scopes say, at every address and with every method."""

from __future__ import annotations

from typing import Any, Final

import pytest

from payouts_service.tenants.scopes import Scope
from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.http.problem_documents import problem

READ, WRITE, SETTLE = Scope.PAYOUTS_READ, Scope.PAYOUTS_WRITE, Scope.PAYOUTS_SETTLE
EVENTS = Scope.EVENTS_READ
IBAN_ACCOUNT: Final = {"kind": "iban", "iban": "DE89370400440532013000"}
ONE: Final = PAYOUTS + "{id}/"
DOORS: Final[list[tuple[str, str, Any, set[Scope]]]] = [
    ("GET", PAYOUTS, None, {READ}),
    ("HEAD", PAYOUTS, None, {READ}),
    ("POST", PAYOUTS, IBAN_PAYOUT, {WRITE}),
    ("POST", f"{PAYOUTS}search/", {"recipient_account": IBAN_ACCOUNT}, {READ}),
    ("GET", ONE, None, {READ}),
    ("HEAD", ONE, None, {READ}),
    ("PATCH", ONE, {"comment": "x"}, {WRITE}),
    ("PATCH", ONE, {"status": "processing"}, {WRITE, SETTLE}),
    ("DELETE", ONE, None, {WRITE}),
    ("GET", f"{ONE}explain/", None, {READ}),
    ("GET", f"{ONE}attempts/", None, {READ}),
    ("HEAD", f"{ONE}attempts/", None, {READ}),
    ("POST", f"{ONE}cancel/", {"reason": "x"}, {WRITE}),
    ("GET", "/api/events/", None, {EVENTS}),
    ("HEAD", "/api/events/", None, {EVENTS}),
    ("GET", "/api/accounts/", None, {Scope.LEDGER_READ}),
    ("GET", "/api/accounts/{account}/", None, {Scope.LEDGER_READ}),
    ("HEAD", "/api/accounts/{account}/entries/", None, {Scope.LEDGER_READ}),
    ("GET", "/api/accounts/{account}/entries/?format=csv", None, {Scope.LEDGER_READ}),
    ("POST", "/api/top-ups/", {"amount": 1, "currency": "EUR"}, {Scope.TOP_UPS_WRITE}),
    ("GET", "/api/top-ups/{top_up}/", None, {Scope.LEDGER_READ}),
    ("GET", "/api/connectors/", None, {Scope.CONNECTORS_READ}),
    ("POST", "/api/connectors/simulator/pause/", {"reason": "x"}, {Scope.CONNECTORS_OPERATE}),
    ("POST", "/api/connectors/simulator/resume/", None, {Scope.CONNECTORS_OPERATE}),
    ("GET", "/api/tenant/", None, {READ}),
    ("POST", "/api/tenant/pause/", {"reason": "x"}, {Scope.TENANT_OPERATE}),
    ("POST", "/api/tenant/resume/", None, {Scope.TENANT_OPERATE}),
]


def filled(acme: Client, path: str, payout_id: str) -> str:
    """The address with the ids of objects of acme's."""
    if "{account}" not in path and "{top_up}" not in path:
        return path.format(id=payout_id)
    top_up = acme.json(acme.post("/api/top-ups/", {"amount": 1, "currency": "EUR"}))
    account = acme.json(acme.get("/api/accounts/"))["data"][0]
    return path.format(account=account["id"], top_up=top_up["id"])


@pytest.mark.parametrize(("method", "path", "body", "needed"), DOORS)
@pytest.mark.parametrize("left_out", [*Scope, None])
def test_a_door_opens_only_with_its_scopes(
    acme: Client, method: str, path: str, body: Any, needed: set[Scope], left_out: Scope | None
) -> None:
    payout = acme.create(connector="manual")
    client = acme.with_scopes(set(Scope) - {left_out})

    response = client.send(method, filled(acme, path, payout["id"]), body)

    if left_out not in needed:
        assert response.status_code in (200, 201, 204), response.content
        return
    assert response.status_code == 403
    assert method == "HEAD" or problem(response, 403, "missing-scope")["scope"] == left_out
    assert acme.read(payout["id"]) == payout


@pytest.mark.parametrize(("method", "path", "body", "needed"), DOORS)
def test_a_key_without_scopes_opens_none(acme: Client, method: str, path: str, body: Any, needed: set[Scope]) -> None:
    payout = acme.create(connector="manual")

    response = acme.with_scopes(()).send(method, filled(acme, path, payout["id"]), body)

    assert response.status_code == 403


def test_a_missing_scope_is_told_before_whether_the_payout_exists(acme: Client) -> None:
    problem(acme.with_scopes([WRITE]).get(address("po_01j00000000000000000000000")), 403, "missing-scope")
