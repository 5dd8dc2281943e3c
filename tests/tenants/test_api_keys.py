"""A key is known by its hash, until it is revoked or expires; whoever has none is told nothing more."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from payouts_service.kit.clock import utc_now
from payouts_service.tenants.models import ApiKey
from payouts_service.tenants.scopes import Scope
from tests.client import PAYOUTS, Client
from tests.http.problem_documents import problem


def _answer(client: Client, **headers: str) -> str:
    response = client.get(PAYOUTS, **headers)
    assert response["WWW-Authenticate"] == "Bearer"
    return str(problem(response, 401, "unauthenticated")["detail"])


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer psk_",
        "Bearer nonsense",
        "Bearer \x00",
        "Bearer ключ",
        f"Bearer {'x' * 5000}",
        "Basic YWxhZGRpbjpvcGVuc2VzYW1l",
        "{key}",
        "Basic {key}",
        "Bearer {key}x",
        "Bearer x{key}",
        "Bearer {key} {key}",
        "Bearer {upper}",
    ],
)
def test_anything_but_a_key_is_refused_alike(acme: Client, anonymous: Client, authorization: str) -> None:
    key = acme.key or ""

    given = authorization.format(key=key, upper=key.upper())

    assert _answer(anonymous, Authorization=given) == _answer(anonymous)


def test_every_character_of_a_key_counts(acme: Client) -> None:
    key = acme.key or ""
    for place in range(4, len(key)):
        if key[place] != "_":
            other = "0" if key[place] != "0" else "1"
            _answer(Client(key[:place] + other + key[place + 1 :]))


def test_the_scheme_is_read_without_regard_to_case(acme: Client, anonymous: Client) -> None:
    assert anonymous.get(PAYOUTS, Authorization=f"bearer {acme.key}").status_code == 200


def test_a_revoked_key_is_refused(acme: Client) -> None:
    ApiKey.objects.update(revoked_at=utc_now())

    _answer(acme)


def test_a_key_is_refused_from_the_moment_it_expires(acme: Client) -> None:
    ApiKey.objects.update(expires_at=utc_now() + timedelta(hours=1))
    assert acme.get(PAYOUTS).status_code == 200

    ApiKey.objects.update(expires_at=utc_now())
    _answer(acme)


def test_a_new_key_does_not_end_the_old_one(acme: Client) -> None:
    other = acme.with_scopes([Scope.PAYOUTS_READ])
    ApiKey.objects.filter(name="first key").update(revoked_at=utc_now())

    assert other.get(PAYOUTS).status_code == 200
    _answer(acme)


def test_the_last_use_is_noted_to_the_minute(acme: Client) -> None:
    acme.get(PAYOUTS)
    noted = ApiKey.objects.get().last_used_at
    assert noted is not None

    acme.get(PAYOUTS)
    assert ApiKey.objects.get().last_used_at == noted

    ApiKey.objects.update(last_used_at=noted - timedelta(minutes=2))
    acme.get(PAYOUTS)
    later = ApiKey.objects.get().last_used_at
    assert later is not None
    assert later > noted


def test_the_database_holds_no_usable_key(acme: Client, superuser: psycopg.Connection) -> None:
    [[row]] = superuser.execute("SELECT row_to_json(k)::text FROM tenants_apikey k").fetchall()

    secret = (acme.key or "").split("_")[2]
    assert secret not in row
    assert secret.encode().hex() not in row
