"""A tenant makes, narrows, rotates and revokes its keys itself; each change is in the feed, no secret is."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from payouts_service.events.models import Event
from payouts_service.kit.clock import utc_now, wire_time
from payouts_service.tenants.models import ApiKey, PreviousSecret
from payouts_service.tenants.scopes import Scope
from tests.client import PAYOUTS, Client
from tests.concurrency import at_once
from tests.http.problem_documents import problem, wrong_fields

KEYS = "/api/keys/"
REPORTS: dict[str, Any] = {"name": "reports", "scopes": ["payouts:read"]}


def made(client: Client, **changes: Any) -> dict[str, Any]:
    response = client.post(KEYS, {**REPORTS, **changes})
    assert response.status_code == 201, response.content
    return client.json(response)


def rotated(client: Client, key_id: str, **body: Any) -> dict[str, Any]:
    response = client.post(f"{KEYS}{key_id}/rotate/", body)
    assert response.status_code == 200, response.content
    return client.json(response)


def lets_in(secret: str) -> bool:
    return Client(secret).get(PAYOUTS).status_code == 200


def test_a_new_key_does_what_its_scopes_say_and_its_secret_is_shown_once(acme: Client) -> None:
    response = acme.post(KEYS, REPORTS)

    key = acme.json(response)
    secret = key.pop("secret")
    assert lets_in(secret)
    problem(Client(secret).post(PAYOUTS, {}), 403, "missing-scope")
    assert (key["scopes"], key["status"], key["last_used_at"]) == (["payouts:read"], "active", None)
    assert secret.startswith(key["prefix"] + "_")
    read = acme.get(response["Location"])
    assert acme.json(read) == {**key, "last_used_at": acme.json(read)["last_used_at"]}
    assert acme.json(read)["last_used_at"] is not None
    for path in (KEYS, response["Location"], "/api/events/"):
        assert secret[21:] not in acme.get(path).content.decode()


def test_keys_are_listed_page_by_page_the_newest_first(acme: Client, globex: Client) -> None:
    made(globex)
    names = [made(acme, name=f"key {number}")["name"] for number in range(5)]

    seen, cursor = [], ""
    while True:
        page = acme.json(acme.get(f"{KEYS}?limit=2{cursor}"))
        seen += [row["name"] for row in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == [*reversed(names), "first key"]


def test_a_repeated_create_makes_one_key_and_tells_its_secret_once(acme: Client) -> None:
    first = acme.post(KEYS, REPORTS, Idempotency_Key="a-1")
    again = acme.post(KEYS, {**REPORTS, "expires_at": None}, Idempotency_Key='"a-1"')

    assert again.status_code == 201
    assert (again["Idempotent-Replayed"], acme.json(again)["secret"]) == ("true", None)
    assert "Idempotent-Replayed" not in first
    assert acme.json(again)["id"] == acme.json(first)["id"]
    other = acme.post(KEYS, {**REPORTS, "name": "other"}, Idempotency_Key="a-1")
    assert problem(other, 422, "idempotency-key-reused")["key_id"] == acme.json(first)["id"]
    assert wrong_fields(acme.post(KEYS, REPORTS, Idempotency_Key="4111111111111111")) == {
        "Idempotency-Key": "card-number"
    }
    assert ApiKey.objects.count() == 2


def test_many_at_once_with_one_idempotency_key_make_one_key(acme: Client) -> None:
    answers = at_once(8, lambda _: Client(acme.key).post(KEYS, REPORTS, Idempotency_Key="b"))

    secrets = [acme.json(answer)["secret"] for answer in answers if answer.status_code == 201]
    assert len([secret for secret in secrets if secret is not None]) == 1
    assert ApiKey.objects.count() == 2


def test_no_key_hands_on_a_scope_that_it_lacks(acme: Client) -> None:
    strong = made(acme, scopes=["payouts:write", "payouts:read"])
    weak = acme.with_scopes([Scope.KEYS_WRITE, Scope.PAYOUTS_READ])

    refused = problem(weak.post(KEYS, {**REPORTS, "scopes": ["payouts:read", "payouts:write"]}), 403, "exceeds-own-key")
    assert refused["scopes"] == ["payouts:write"]
    problem(weak.post(f"{KEYS}{strong['id']}/rotate/", {}), 403, "exceeds-own-key")
    assert lets_in(strong["secret"])
    made(weak, scopes=["payouts:read"])
    assert weak.post(f"{KEYS}{strong['id']}/revoke/", None).status_code == 200  # To end a key is never too much.


def test_no_key_hands_on_a_longer_life_than_its_own(acme: Client) -> None:
    lasting = made(acme)
    soon = utc_now() + timedelta(hours=1)
    brief = Client(made(acme, scopes=["keys:write", "payouts:read"], expires_at=wire_time(soon))["secret"])

    problem(brief.post(KEYS, REPORTS), 403, "exceeds-own-key")
    later = wire_time(soon + timedelta(seconds=1))
    problem(brief.post(KEYS, {**REPORTS, "expires_at": later}), 403, "exceeds-own-key")
    problem(brief.post(f"{KEYS}{lasting['id']}/rotate/", {}), 403, "exceeds-own-key")
    made(brief, expires_at=wire_time(soon))


def test_after_a_rotation_both_secrets_are_known_until_the_overlap_ends(acme: Client) -> None:
    first = made(acme)

    second = rotated(acme, first["id"], overlap_seconds=60)

    assert second["id"] == first["id"]
    assert [secret["prefix"] for secret in second["previous_secrets"]] == [first["prefix"]]
    assert lets_in(first["secret"])
    assert lets_in(second["secret"])
    PreviousSecret.objects.update(expires_at=utc_now())
    assert not lets_in(first["secret"])
    assert lets_in(second["secret"])
    assert acme.json(acme.get(f"{KEYS}{first['id']}/"))["previous_secrets"] == []


def test_a_rotation_without_overlap_ends_every_earlier_secret_at_once(acme: Client) -> None:
    first = made(acme)
    second = rotated(acme, first["id"])

    third = rotated(acme, first["id"], overlap_seconds=0)

    assert [lets_in(key["secret"]) for key in (first, second, third)] == [False, False, True]


def test_a_rotation_whose_answer_was_lost_is_asked_for_again_and_ends_nothing_sooner(acme: Client) -> None:
    first = made(acme)
    lost = rotated(acme, first["id"], overlap_seconds=3600)

    again = rotated(acme, first["id"], overlap_seconds=7200)

    assert lets_in(first["secret"])
    ends = {secret["prefix"]: secret["expires_at"] for secret in again["previous_secrets"]}
    assert ends[first["prefix"]] == lost["previous_secrets"][0]["expires_at"]
    assert set(ends) == {first["prefix"], lost["prefix"]}


def test_a_revoked_key_is_refused_from_the_next_request_on_with_all_its_secrets(acme: Client) -> None:
    key = made(acme)
    second = rotated(acme, key["id"])

    revoked = acme.json(acme.post(f"{KEYS}{key['id']}/revoke/", None))

    assert (revoked["status"], revoked["version"]) == ("revoked", 3)
    assert not lets_in(key["secret"])
    assert not lets_in(second["secret"])
    assert acme.json(acme.post(f"{KEYS}{key['id']}/revoke/", None)) == revoked
    problem(acme.post(f"{KEYS}{key['id']}/rotate/", {}), 409, "key-ended")


def test_an_expired_key_is_shown_as_such_and_not_rotated(acme: Client) -> None:
    key = made(acme, expires_at=wire_time(utc_now() + timedelta(hours=1)))
    ApiKey.objects.filter(name="reports").update(expires_at=utc_now())

    assert not lets_in(key["secret"])
    assert acme.json(acme.get(f"{KEYS}{key['id']}/"))["status"] == "expired"
    problem(acme.post(f"{KEYS}{key['id']}/rotate/", {}), 409, "key-ended")


def test_every_change_is_in_the_feed_with_the_key_that_made_it(acme: Client) -> None:
    key = made(acme)
    rotated(acme, key["id"])
    acme.post(f"{KEYS}{key['id']}/revoke/", None)

    events = acme.json(acme.get("/api/events/"))["data"]

    assert [(event["type"], event["sequence"], event["object_id"]) for event in events] == [
        ("key.created", 1, key["id"]),
        ("key.rotated", 2, key["id"]),
        ("key.revoked", 3, key["id"]),
    ]
    maker = acme.json(acme.get(KEYS))["data"][-1]["id"]
    assert {json.dumps(event["actor"]) for event in events} == {json.dumps({"type": "api_key", "id": maker})}


def test_the_database_holds_no_usable_secret_of_any_age(acme: Client, superuser: psycopg.Connection) -> None:
    first = acme.post(KEYS, REPORTS, Idempotency_Key="c")
    key = acme.json(first)
    secrets = [key["secret"], rotated(acme, key["id"])["secret"]]

    rows = "\n".join(
        row
        for table in ("tenants_apikey", "tenants_previoussecret", "events_event", "idempotency_idempotencykey")
        for (row,) in superuser.execute(f"SELECT row_to_json(t)::text FROM {table} t").fetchall()  # noqa: S608 - the names above.
    )

    assert [secret for secret in secrets if secret.split("_")[2] in rows] == []
    assert PreviousSecret.objects.count() == 1
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": " x"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "card 4111 1111 1111 1111"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["payouts:read"] * 2}, "scopes"),
        ({"scopes": ["payouts:everything"]}, "scopes.0"),
        ({"scopes": "payouts:read"}, "scopes"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"tenant": "Globex"}, "tenant"),
        ({"revoked_at": None}, "revoked_at"),
    ],
    ids=repr,
)
def test_a_wrong_field_is_named_and_no_key_is_made(acme: Client, change: dict[str, Any], field: str) -> None:
    assert field in wrong_fields(acme.post(KEYS, {**REPORTS, **change}))
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("overlap", [-1, 2_592_001, "60", 1.5, None, True])
def test_an_overlap_is_a_number_of_seconds_up_to_thirty_days(acme: Client, overlap: object) -> None:
    key = made(acme)

    assert set(wrong_fields(acme.post(f"{KEYS}{key['id']}/rotate/", {"overlap_seconds": overlap}))) == {
        "overlap_seconds"
    }
    assert lets_in(key["secret"])


def test_two_who_rotate_at_once_leave_every_secret_valid(acme: Client) -> None:
    key = made(acme)

    answers = at_once(4, lambda _: Client(acme.key).post(f"{KEYS}{key['id']}/rotate/", {"overlap_seconds": 60}))

    assert {answer.status_code for answer in answers} == {200}
    secrets = [key["secret"], *(acme.json(answer)["secret"] for answer in answers)]
    assert [lets_in(secret) for secret in secrets] == [True] * 5
