"""A key may do what its scopes say, at every address and with every method; and nothing without a valid key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payouts_service.kit.clock import utc_now
from payouts_service.tenants.models import ApiKey
from payouts_service.tenants.scopes import Scope
from tests.client import Client, address
from tests.http.problem_documents import problem
from tests.tenants.doors import ABSENT, DOORS, WITHOUT_A_KEY, Door, addresses, objects_of, shown

EACH_NEEDED = [(door, scope) for door in DOORS for scope in sorted(door.needed)]


def test_every_address_has_its_row() -> None:
    assert {(door.method, door.route) for door in DOORS} == set(addresses())


def test_few_addresses_ask_for_no_key_and_each_says_why() -> None:
    assert [route for route in WITHOUT_A_KEY if route.startswith("api/")] == [
        "api/callbacks/<str:connector>/",
        "api/schema/",
        "api/docs/swagger/",
        "api/docs/redoc/",
    ]


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_door_opens_with_its_scopes_alone(acme: Client, door: Door) -> None:
    response = door.send(acme.with_scopes(door.needed), objects_of(acme))

    assert response.status_code in (200, 201, 204), response.content


@pytest.mark.parametrize(("door", "left_out"), EACH_NEEDED, ids=str)
def test_a_door_stays_shut_without_any_one_of_them(acme: Client, door: Door, left_out: Scope) -> None:
    mine = objects_of(acme)
    before = shown(acme, mine)

    response = door.send(acme.with_scopes(set(Scope) - {left_out}), mine)

    assert response.status_code == 403
    assert door.method == "HEAD" or problem(response, 403, "missing-scope")["scope"] == left_out
    assert shown(acme, mine) == before


@pytest.mark.parametrize("credential", ["none", "revoked", "expired", "unknown"])
def test_no_door_opens_without_a_valid_key_and_all_are_answered_alike(
    acme: Client, anonymous: Client, credential: str
) -> None:
    mine = objects_of(acme)
    before = shown(acme, mine)
    client = anonymous if credential == "none" else acme.with_scopes(Scope)
    ended = ApiKey.objects.filter(name="narrow")
    match credential:
        case "revoked":
            ended.update(revoked_at=utc_now())
        case "expired":
            ended.update(expires_at=utc_now() - timedelta(seconds=1))
        case "unknown":
            ended.delete()

    for door in DOORS:
        response = door.send(client, mine, X_Request_Id="same")
        assert response.status_code == 401, str(door)
        assert response["WWW-Authenticate"] == "Bearer"
        if door.method != "HEAD":
            problem(response, 401, "unauthenticated")
            assert response.content == anonymous.get("/api/payouts/", X_Request_Id="same").content
    assert shown(acme, mine) == before


def test_a_missing_scope_is_told_before_whether_the_payout_exists(acme: Client) -> None:
    problem(acme.with_scopes([Scope.PAYOUTS_WRITE]).get(address(ABSENT["po"])), 403, "missing-scope")
