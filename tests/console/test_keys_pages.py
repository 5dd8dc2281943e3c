"""A person makes keys no wider than their role; a secret is shown once, and nowhere else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import Visitor, text_of

SECRET = re.compile(r"psk_[0-9a-f]{16}_[0-9a-f]{56}")


@pytest.fixture
def admin(acme: Client) -> Visitor:
    return Visitor.signed_in(acme.tenant_id, name="Ada")


def form(visitor: Visitor, **changes: Any) -> dict[str, Any]:
    page = visitor.get("/keys/new/").content.decode()
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    return {"token": token, "name": "reports", "scopes": ["payouts:read", "events:read"], **changes}


def key(acme: Client, name: str) -> dict[str, Any]:
    [found] = [each for each in acme.json(acme.get("/api/keys/"))["data"] if each["name"] == name]
    return dict(found)


def test_a_key_is_made_and_its_secret_shown_once(acme: Client, admin: Visitor) -> None:
    filled = form(admin, expires_on="2101-01-01")

    shown = admin.post("/keys/new/", filled)

    [secret] = set(SECRET.findall(shown.content.decode()))
    assert Client(secret).get("/api/payouts/").status_code == 200
    made = key(acme, "reports")
    assert made["scopes"] == ["events:read", "payouts:read"]
    assert made["expires_at"] == "2101-01-01T00:00:00.000000Z"
    [told] = [each for each in acme.json(acme.get("/api/events/?type=key.created"))["data"] if each["actor"]["id"]]
    assert told["actor"]["type"] == "person"
    for address in ("/keys/", f"/keys/{made['id']}/"):
        page = admin.get(address).content.decode()
        assert made["prefix"] in page
        assert not SECRET.search(page)
    assert not any(secret in str(session.get_decoded()) for session in Session.objects.all())

    again = admin.post("/keys/new/", filled)

    assert "This key is made already" in text_of(again)
    assert len([each for each in acme.json(acme.get("/api/keys/"))["data"] if each["name"] == "reports"]) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["everything"]}, "Choose from the list."),
        ({"name": ""}, "This field is required."),
        ({"expires_on": "2001-01-01"}, "Choose a time that is still to come."),
    ],
)
def test_a_wrong_key_is_not_made(acme: Client, admin: Visitor, wrong: dict[str, Any], sentence: str) -> None:
    refused = admin.post("/keys/new/", form(admin, **wrong))

    assert refused.status_code == 400
    assert sentence in text_of(refused)
    assert len(acme.json(acme.get("/api/keys/"))["data"]) == 1


@pytest.mark.parametrize("scope", ["connectors:operate", "recipients:reveal"])
def test_nobody_makes_a_key_that_may_do_more_than_they_or_than_an_operator_gives(acme: Client, scope: str) -> None:
    narrow = Visitor.signed_in(acme.tenant_id, Role.ADMIN, runs_service=False)
    page = narrow.get("/keys/new/").content.decode()
    assert re.search(rf'value="{scope}"[^>]* disabled', page)
    assert not re.search(r'value="payouts:write"[^>]* disabled', page)

    refused = narrow.post("/keys/new/", form(narrow, scopes=[scope]))

    assert refused.status_code == 403
    assert "The key may do more than your role" in text_of(refused)
    assert len(acme.json(acme.get("/api/keys/"))["data"]) == 1


def test_a_key_is_rotated_with_an_overlap(acme: Client, admin: Visitor) -> None:
    before = SECRET.findall(admin.post("/keys/new/", form(admin)).content.decode())[0]
    made = key(acme, "reports")

    shown = admin.post(f"/keys/{made['id']}/rotate/", {"overlap_seconds": "3600"})

    [after] = set(SECRET.findall(shown.content.decode()))
    assert after != before
    assert Client(after).get("/api/payouts/").status_code == 200
    assert Client(before).get("/api/payouts/").status_code == 200
    assert "Earlier secret holds until" in text_of(admin.get(f"/keys/{made['id']}/"))

    assert admin.post(f"/keys/{made['id']}/rotate/", {"overlap_seconds": "0"}).status_code == 200

    assert Client(before).get("/api/payouts/").status_code == 401


def test_nobody_gets_the_secret_of_a_key_that_may_do_more_than_they(acme: Client) -> None:
    narrow = Visitor.signed_in(acme.tenant_id, Role.ADMIN, runs_service=False)
    first = key(acme, "first key")
    assert "The key may do what your role may not" in text_of(narrow.get(f"/keys/{first['id']}/"))

    refused = narrow.post(f"/keys/{first['id']}/rotate/", {"overlap_seconds": "3600"})

    assert refused.status_code == 403
    assert not SECRET.search(refused.content.decode())
    assert key(acme, "first key")["version"] == 1


def test_a_key_is_revoked(acme: Client, admin: Visitor) -> None:
    secret = SECRET.findall(admin.post("/keys/new/", form(admin)).content.decode())[0]
    made = key(acme, "reports")

    assert admin.post(f"/keys/{made['id']}/revoke/").status_code == 302

    page = text_of(admin.get(f"/keys/{made['id']}/"))
    assert "The key reports is refused from now on." in page
    assert "It is revoked already." in page
    assert Client(secret).get("/api/payouts/").status_code == 401
    assert admin.post(f"/keys/{made['id']}/rotate/", {"overlap_seconds": "0"}).status_code == 409


def test_a_key_of_another_tenant_is_not_found(globex: Client, admin: Visitor) -> None:
    theirs = key(globex, "first key")

    assert admin.get(f"/keys/{theirs['id']}/").status_code == 404
    assert admin.post(f"/keys/{theirs['id']}/revoke/").status_code == 404
    assert admin.post(f"/keys/{theirs['id']}/rotate/", {"overlap_seconds": "0"}).status_code == 404
    assert key(globex, "first key")["status"] == "active"


def test_they_speak_russian(acme: Client) -> None:
    visitor = Visitor.signed_in(acme.tenant_id, language="ru")

    assert "Новый ключ" in text_of(visitor.get("/keys/"))
    assert "Выберите хотя бы одно." in text_of(visitor.post("/keys/new/", form(visitor, scopes=[])))
    assert "Секрет показан один раз" in text_of(visitor.post("/keys/new/", form(visitor)))
