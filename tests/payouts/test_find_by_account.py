"""A recipient's payouts are found by account without any being opened, and only by the tenant that made them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import psycopg
import pytest
from django.conf import settings

from payouts_service.payouts.models import Payout
from tests.client import PAYOUTS, Client
from tests.http.problem_documents import problem, wrong_fields

SEARCH = f"{PAYOUTS}search/"
IBAN = {"kind": "iban", "iban": "DE89370400440532013000"}
TEXT = {"kind": "text", "text": "Card ****1234"}
ACCOUNTS: list[tuple[Any, dict[str, str], dict[str, str]]] = [
    # The details of a payout, the account that finds it, and one that does not.
    (
        {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX"},
        {"kind": "iban", "iban": "de89 3704 0044 0532 0130 00"},
        {"kind": "iban", "iban": "GB29NWBK60161331926819"},
    ),
    (
        {"kind": "ru_account", "name": "Ada", "bik": "044525225", "account": "40702810438000060473"},
        {"kind": "ru_account", "bik": "044525225", "account": "40702 810 4 38000060473"},
        {"kind": "ru_account", "bik": "044030653", "account": "40702810438000060473"},
    ),
    (
        {"kind": "phone", "name": "Ada", "phone": "+79123456789", "bank_id": "100000000111"},
        {"kind": "phone", "phone": "+7 (912) 345-67-89"},
        {"kind": "phone", "phone": "+79123456788"},
    ),
    (
        {"kind": "card_token", "token": "tok_1NvHYL2eZvKYlo2C", "last4": "4242"},
        {"kind": "card_token", "token": "tok_1NvHYL2eZvKYlo2C"},
        {"kind": "card_token", "token": "tok_1NvHYL2eZvKYlo2c"},
    ),
    (
        "Card ****1234,  Ada",
        {"kind": "text", "text": "card ****1234, ADA"},
        {"kind": "text", "text": "Card ****1234, Ad"},
    ),
]


def found(client: Client, account: object, **more: object) -> list[str]:
    response = client.post(SEARCH, {"recipient_account": account, **more})
    assert response.status_code == 200, response.content
    return [payout["id"] for payout in client.json(response)["data"]]


@pytest.mark.parametrize(("details", "account", "other"), ACCOUNTS, ids=lambda value: str(value)[:20])
def test_a_payout_is_found_by_its_account_however_it_is_written(
    acme: Client, details: Any, account: dict[str, str], other: dict[str, str]
) -> None:
    payout = acme.create(recipient_details=details)

    assert found(acme, account) == [payout["id"]]
    assert found(acme, other) == []


def test_a_name_makes_no_difference(acme: Client) -> None:
    payouts = [acme.create(recipient_details={**IBAN, "name": name})["id"] for name in ("Ada", "Charles")]

    assert found(acme, IBAN) == payouts[::-1]


def test_nothing_is_opened_on_the_way(acme: Client, superuser: psycopg.Connection) -> None:
    payout = acme.create()
    superuser.execute("UPDATE payouts_payout SET details_sealed = ''")

    assert found(acme, IBAN) == [payout["id"]]


def test_the_pages_together_hold_each_payout_once(acme: Client) -> None:
    payouts = [acme.create()["id"] for _ in range(3)]
    acme.create(recipient_details="Somebody else")
    first = acme.json(acme.post(SEARCH, {"recipient_account": IBAN, "limit": 2}))
    rest = acme.json(acme.post(SEARCH, {"recipient_account": IBAN, "cursor": first["next_cursor"]}))

    assert [payout["id"] for page in (first, rest) for payout in page["data"]] == payouts[::-1]
    assert (first["has_more"], rest["has_more"]) == (True, False)


def test_another_tenant_finds_nothing_and_has_another_hash(acme: Client, globex: Client) -> None:
    acme.create()
    assert found(globex, IBAN) == []
    globex.create()

    hashes = [bytes(payout.recipient_index or b"") for payout in Payout.objects.all()]

    assert len(set(hashes)) == 2


def test_who_lacks_the_key_cannot_try_accounts_out(acme: Client) -> None:
    acme.create()
    [kept] = Payout.objects.all()
    tenant = kept.tenant_id.hex
    message = json.dumps([tenant, "iban", IBAN["iban"]], separators=(",", ":")).encode()

    assert settings.RECIPIENT_INDEX_KEY not in (settings.FINGERPRINT_KEY, *settings.SEALING_KEYS.values())
    assert bytes(kept.recipient_index or b"") != hashlib.sha256(message).digest()


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"recipient_account": "required"}),
        ({"recipient_account": "Card ****1234"}, {"recipient_account": "recipient-account-type"}),
        ({"recipient_account": {"kind": "paypal"}}, {"recipient_account.kind": "recipient-kind"}),
        ({"recipient_account": {**IBAN, "name": "Ada"}}, {"recipient_account.name": "unknown-field"}),
        ({"recipient_account": {**IBAN, "iban": "DE00370400440532013000"}}, {"recipient_account.iban": "iban"}),
        ({"recipient_account": IBAN, "cursor": "abc"}, {"cursor": "invalid-cursor"}),
        ({"recipient_account": IBAN, "limit": 201}, {"limit": "less-than-equal"}),
        ({"recipient_account": IBAN, "status": "created"}, {"status": "unknown-field"}),
        ({"recipient_account": {**TEXT, "text": "4111 1111 1111 1111"}}, {"recipient_account.text": "card-number"}),
    ],
)
def test_what_is_no_account_is_refused_by_its_field(acme: Client, body: Any, errors: dict[str, str]) -> None:
    response = acme.post(SEARCH, body)

    assert wrong_fields(response) == errors
    assert b"0044" not in response.content


def test_the_address_takes_nothing_but_a_post(acme: Client) -> None:
    problem(acme.get(SEARCH), 405, "method-not-allowed")


def test_it_uses_its_index(acme: Client, superuser: psycopg.Connection) -> None:
    acme.create()
    [payout] = Payout.objects.all()
    superuser.execute(
        "INSERT INTO payouts_payout SELECT (jsonb_populate_record(p, jsonb_build_object("
        " 'id', gen_random_uuid(), 'recipient_index', '\\x' || md5(n::text)))).*"
        " FROM payouts_payout AS p, generate_series(1, 5000) AS n"
    )
    superuser.execute("ANALYZE payouts_payout")
    plan = superuser.execute(
        "EXPLAIN SELECT * FROM payouts_payout WHERE tenant_id = %s AND recipient_index = %s"
        " ORDER BY created_at DESC, id DESC LIMIT 50",
        [payout.tenant_id, bytes(payout.recipient_index or b"")],
    ).fetchall()

    assert "payout_by_recipient" in str(plan)
