"""However often a request with an Idempotency-Key arrives, it makes one payout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import Settings

from payouts_service.idempotency.models import IdempotencyKey
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.payouts.models import Payout
from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.concurrency import at_once, open_transaction
from tests.http.problem_documents import problem, wrong_fields

KEY = "b1f5f9ee-6ac3-4b2f-9f2c-5b7a0c3d1e42"
BODY = {**IBAN_PAYOUT, "connector": "manual"}


def _create(client: Client, body: dict[str, Any] = BODY, key: str = KEY) -> tuple[dict[str, Any], bool]:
    response = client.post(PAYOUTS, body, Idempotency_Key=key)
    assert response.status_code == 201, response.content
    payout = client.json(response)
    assert response["Location"] == address(payout["id"])
    return payout, response.get("Idempotent-Replayed") == "true"


def test_the_same_request_again_is_answered_with_the_same_payout(acme: Client) -> None:
    first, replayed = _create(acme)
    assert not replayed

    assert _create(acme) == (first, True)
    assert Payout.objects.count() == 1


def test_a_replay_shows_the_payout_as_it_is_now(acme: Client) -> None:
    first, _ = _create(acme)
    acme.patch(address(first["id"]), {"comment": "Changed"})

    again, replayed = _create(acme)

    assert replayed
    assert (again["id"], again["comment"], again["version"]) == (first["id"], "Changed", 2)


@pytest.mark.parametrize(
    "same",
    [
        {**BODY, "amount": 150},
        {**BODY, "amount": "150"},
        {**BODY, "currency": "eur"},
        {**BODY, "comment": "", "metadata": {}, "external_id": None},
        dict(reversed(BODY.items())),
    ],
)
def test_the_same_meaning_in_other_words_is_the_same_request(acme: Client, same: dict[str, Any]) -> None:
    first, _ = _create(acme)

    assert _create(acme, same) == (first, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "150.01"},
        {"currency": "USD"},
        {"comment": "x"},
        {"metadata": {"k": "v"}},
        {"recipient_details": {**IBAN_PAYOUT["recipient_details"], "name": "Ada Byron"}},
    ],
)
def test_another_request_is_refused_and_the_first_payout_is_named(acme: Client, changes: dict[str, Any]) -> None:
    first, _ = _create(acme)

    response = acme.post(PAYOUTS, {**BODY, **changes}, Idempotency_Key=KEY)

    assert problem(response, 422, "idempotency-key-reused")["payout_id"] == first["id"]
    assert Payout.objects.count() == 1


def test_a_refused_request_does_not_consume_its_key(acme: Client) -> None:
    acme.create(external_id="taken")
    problem(acme.post(PAYOUTS, {**BODY, "amount": "-1"}, Idempotency_Key=KEY), 400, "invalid-fields")
    problem(acme.post(PAYOUTS, {**BODY, "external_id": "taken"}, Idempotency_Key=KEY), 409, "external-id-taken")

    _, replayed = _create(acme)

    assert not replayed


def test_the_key_of_a_deleted_payout_is_gone_for_ever(acme: Client) -> None:
    first, _ = _create(acme)
    assert acme.delete(address(first["id"])).status_code == 204

    for _ in range(2):
        response = acme.post(PAYOUTS, BODY, Idempotency_Key=KEY)
        assert problem(response, 410, "payout-deleted")["payout_id"] == first["id"]
    assert not Payout.objects.exists()


def test_a_quoted_key_is_the_same_as_a_bare_one(acme: Client) -> None:
    first, _ = _create(acme)

    assert _create(acme, key=f'"{KEY}"') == (first, True)


@pytest.mark.parametrize("key", ["x", "!~", "a/b?c&d", "x" * 255, f'"{"x" * 255}"'])
def test_visible_ascii_of_up_to_255_characters_is_a_key(acme: Client, key: str) -> None:
    first, _ = _create(acme, key=key)

    found = acme.json(acme.get(f"{PAYOUTS}?idempotency_key={quote(key.strip(chr(34)), safe='')}"))
    assert found["data"] == [first]


@pytest.mark.parametrize("key", ["", '""', "with space", "x" * 256, f'"{"x" * 256}"', "ключ", "tab\there"])
def test_any_other_key_is_refused(acme: Client, key: str) -> None:
    problem(acme.post(PAYOUTS, BODY, Idempotency_Key=key), 400, "idempotency-key-invalid")


def test_a_card_number_is_no_key(acme: Client) -> None:
    assert set(wrong_fields(acme.post(PAYOUTS, BODY, Idempotency_Key="4111-1111-1111-1111"))) == {"Idempotency-Key"}
    assert not IdempotencyKey.objects.exists()


def test_a_key_is_needed_where_the_settings_say_so(acme: Client, settings: Settings) -> None:
    settings.REQUIRE_IDEMPOTENCY_KEY = True

    problem(acme.post(PAYOUTS, BODY), 400, "idempotency-key-required")
    _create(acme)


def test_without_a_key_each_request_makes_a_payout(acme: Client) -> None:
    assert acme.create()["id"] != acme.create()["id"]


def test_a_key_belongs_to_its_tenant(acme: Client, globex: Client) -> None:
    ours, _ = _create(acme)
    theirs, replayed = _create(globex)

    assert not replayed
    assert ours["id"] != theirs["id"]
    assert globex.json(globex.get(f"{PAYOUTS}?idempotency_key={KEY}"))["data"] == [theirs]


def test_the_payout_is_found_by_its_key(acme: Client) -> None:
    first, _ = _create(acme)
    acme.create()

    assert acme.json(acme.get(f"{PAYOUTS}?idempotency_key={KEY}"))["data"] == [first]
    assert acme.json(acme.get(f"{PAYOUTS}?idempotency_key=another"))["data"] == []


def _ids(payouts: Iterable[tuple[dict[str, Any], bool]]) -> set[str]:
    return {payout["id"] for payout, _ in payouts}


def test_64_requests_at_once_make_one_payout(acme: Client) -> None:
    answers = at_once(64, lambda _: _create(Client(acme.key)))

    assert len(_ids(answers)) == 1
    assert [replayed for _, replayed in answers].count(False) == 1
    assert Payout.objects.count() == 1


def test_the_same_request_is_told_to_wait_while_the_first_still_runs(acme: Client) -> None:
    running = (
        "INSERT INTO idempotency_idempotencykey (tenant_id, operation, key, fingerprint, object_id, created_at)"
        " VALUES (%s, 'payouts.create', %s, '', %s, %s)"
    )
    with open_transaction(running, acme.tenant_id, KEY, ids.new_id(), utc_now()):
        problem(acme.post(PAYOUTS, BODY, Idempotency_Key=KEY), 409, "idempotency-key-in-use")

    _, replayed = _create(acme)
    assert not replayed


@pytest.mark.parametrize("narrowed", ["CURRENCIES", "CONNECTORS"])
def test_a_replay_is_answered_also_once_the_settings_are_narrowed(
    acme: Client, settings: Settings, narrowed: str
) -> None:
    first, _ = _create(acme)
    refusal = acme.post(PAYOUTS, {**BODY, "currency": "CHF", "connector": "nobody"})

    settings.CURRENCIES = frozenset({"USD"}) if narrowed == "CURRENCIES" else settings.CURRENCIES
    settings.CONNECTORS = ("simulator",) if narrowed == "CONNECTORS" else settings.CONNECTORS

    assert _create(acme) == (first, True)
    assert set(wrong_fields(refusal)) == {"currency", "connector"}
    field = {"CURRENCIES": "currency", "CONNECTORS": "connector"}[narrowed]
    assert set(wrong_fields(acme.post(PAYOUTS, BODY, Idempotency_Key="another"))) == {field}
    assert set(wrong_fields(acme.post(PAYOUTS, BODY))) == {field}
    changed = acme.post(PAYOUTS, {**BODY, "comment": "x"}, Idempotency_Key=KEY)
    assert problem(changed, 422, "idempotency-key-reused")["payout_id"] == first["id"]
    wrong = wrong_fields(acme.post(PAYOUTS, {**BODY, "amount": "-1"}, Idempotency_Key=KEY))
    assert set(wrong) == {field, "amount"}
