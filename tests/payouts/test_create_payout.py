"""A payout request is accepted whole, or refused with each wrong field named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from payouts_service.kit.clock import utc_now, wire_time
from payouts_service.observability.metrics import render
from payouts_service.payouts.models import Payout
from tests.client import IBAN_PAYOUT, PAYOUTS, PLAIN_PAYOUT, Client, address
from tests.http.problem_documents import problem, wrong_fields

CARD = "4111 1111 1111 1111"
IBAN = IBAN_PAYOUT["recipient_details"]


def test_a_plain_request_is_complete(acme: Client) -> None:
    response = acme.post(PAYOUTS, PLAIN_PAYOUT)

    assert response.status_code == 201, response.content
    payout = acme.json(response)
    assert response["Location"] == address(payout["id"])
    assert payout == {
        "id": payout["id"],
        "object": "payout",
        "amount": "100.00",
        "currency": "USD",
        "recipient_details": {"kind": "text", "text": payout["recipient_details"]["text"]},
        "status": "created",
        "waiting_for": [],
        "progress": None,
        "next_attempt_at": None,
        "failure": None,
        "returns": [],
        "comment": "Test payout",
        "external_id": None,
        "metadata": {},
        "possible_duplicate_of": None,
        "connector": "simulator",
        "scheduled_for": None,
        "attempts": 0,
        "version": 1,
        "created_at": payout["created_at"],
        "updated_at": payout["created_at"],
    }
    assert acme.read(payout["id"]) == payout


def test_every_field_that_was_sent_is_kept(acme: Client) -> None:
    scheduled_for = wire_time(utc_now() + timedelta(days=3))
    sent = {
        "comment": "Invoice 42\nfrom May",
        "external_id": "invoice-42",
        "metadata": {"season": "весна", "shop": ""},
        "connector": "manual",
        "scheduled_for": scheduled_for,
    }
    payout = acme.create(**sent)

    assert {name: payout[name] for name in sent} == sent
    assert payout["waiting_for"] == ["schedule"]


def test_the_recipient_is_masked_in_every_answer(acme: Client) -> None:
    payout = acme.create()

    assert payout["recipient_details"] == {"kind": "iban", "name": "A. L.", "iban": "DE89 •••• 3000"}
    assert acme.read(payout["id"])["recipient_details"] == payout["recipient_details"]


def test_three_wrong_fields_are_named_at_once(acme: Client) -> None:
    response = acme.post(PAYOUTS, {"amount": "-1.00", "currency": "BTC", "recipient_details": "123"})

    assert set(wrong_fields(response)) == {"amount", "currency", "recipient_details"}


@pytest.mark.parametrize("name", ["amount", "currency", "recipient_details"])
def test_a_missing_field_is_named(acme: Client, name: str) -> None:
    body = {key: value for key, value in IBAN_PAYOUT.items() if key != name}

    assert wrong_fields(acme.post(PAYOUTS, body)) == {name: "required"}


@pytest.mark.parametrize("name", ["id", "status", "version", "created_at", "tenant_id", "amout"])
def test_an_unknown_or_read_only_field_is_refused(acme: Client, name: str) -> None:
    assert wrong_fields(acme.post(PAYOUTS, {**IBAN_PAYOUT, name: "1"})) == {name: "unknown-field"}


AMOUNTS: dict[str, list[Any]] = {
    "not positive": ["-5", "-5.00", "0", "0.00", "-0.00", -5, 0],
    "too exact": ["1.234", "0.001", "1.0000"],
    "too large": ["1" + "0" * 15, 10**15, "9" * 10_000],
    "not in ASCII digits": ["١٢٣", "１２", "1_000", "1,000.00", "1E+2", "1e2", "1e1000000", "0x10"],
    "not plain": ["", " 5.00", "5.00 ", "5.00\n", "+5", ".5", "5.", "NaN", "sNaN", "Infinity"],
    "not a string or an integer": [1.5, 5.0, 1e2, True, None, [], {}, ["5"]],
}


@pytest.mark.parametrize("amounts", AMOUNTS.values(), ids=AMOUNTS)
def test_a_wrong_amount_is_named(acme: Client, amounts: list[Any]) -> None:
    for amount in amounts:
        response = acme.post(PAYOUTS, {**IBAN_PAYOUT, "amount": amount})
        assert set(wrong_fields(response)) == {"amount"}, amount


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("150", "150.00"),
        (150, "150.00"),
        ("0.01", "0.01"),
        ("5.5", "5.50"),
        ("007", "7.00"),
        ("999999999999999.99", "999999999999999.99"),
    ],
)
def test_an_amount_is_told_exactly(acme: Client, amount: object, told: str) -> None:
    payout = acme.create(amount=amount)

    assert payout["amount"] == told
    assert acme.read(payout["id"])["amount"] == told


def test_a_currency_decides_how_many_decimals_there_are(acme: Client, settings: Settings) -> None:
    settings.CURRENCIES = frozenset({"JPY", "KWD"})

    assert acme.create(currency="JPY", amount="500")["amount"] == "500"
    assert acme.create(currency="KWD", amount="1.234")["amount"] == "1.234"
    assert set(wrong_fields(acme.post(PAYOUTS, {**IBAN_PAYOUT, "currency": "JPY", "amount": "500.0"}))) == {"amount"}
    assert set(wrong_fields(acme.post(PAYOUTS, {**IBAN_PAYOUT, "currency": "KWD", "amount": "1.2345"}))) == {"amount"}


def test_a_currency_is_upper_case_on_the_wire(acme: Client) -> None:
    assert acme.create(currency="usd")["currency"] == "USD"


@pytest.mark.parametrize("currency", ["BTC", "JPY", "XXX", "EU", "EURO", "", "eur ", "ＥＵＲ", 978, None, ["EUR"]])
def test_a_currency_outside_the_whitelist_is_named(acme: Client, currency: object) -> None:
    assert set(wrong_fields(acme.post(PAYOUTS, {**IBAN_PAYOUT, "currency": currency}))) == {"currency"}


WRONG_DETAILS: list[tuple[Any, str]] = [
    ("123", "recipient_details"),
    (123, "recipient_details"),
    (None, "recipient_details"),
    ([IBAN], "recipient_details"),
    (f"Please pay to {CARD}", "recipient_details"),
    ("x" * 501, "recipient_details"),
    ({}, "recipient_details.kind"),
    ({"kind": "cash"}, "recipient_details.kind"),
    ({**IBAN, "iban": "DE89370400440532013001"}, "recipient_details.iban"),
    ({**IBAN, "iban": "XX89370400440532013000"}, "recipient_details.iban"),
    ({**IBAN, "name": ""}, "recipient_details.name"),
    ({**IBAN, "name": "Ada\u202eLovelace"}, "recipient_details.name"),
    ({**IBAN, "name": f"Ada {CARD}"}, "recipient_details.name"),
    ({**IBAN, "bic": "BNPAFRPP"}, "recipient_details.bic"),
    ({**IBAN, "account": "1"}, "recipient_details.account"),
    ({"kind": "card_token", "token": "4111111111111111", "last4": "1111"}, "recipient_details.token"),
    ({"kind": "card_token", "token": "tok_1234", "last4": "12"}, "recipient_details.last4"),
    ({"kind": "text", "text": "short"}, "recipient_details.text"),
]


@pytest.mark.parametrize(("details", "field"), WRONG_DETAILS)
def test_wrong_details_are_named_by_their_path(acme: Client, details: object, field: str) -> None:
    assert set(wrong_fields(acme.post(PAYOUTS, {**IBAN_PAYOUT, "recipient_details": details}))) == {field}


WRONG: dict[str, list[Any]] = {
    "comment": ["x" * 1001, f"Card {CARD}", "a\u202eb", "a\x07b", None, 5, ["x"]],
    "external_id": ["", "x" * 65, "with space", "a\tb", "4111-1111-1111-1111", 5],
    "metadata": [
        None,
        "x",
        [],
        {"": "x"},
        {"k" * 41: "x"},
        {"k": "x" * 501},
        {"k": 5},
        {"k": None},
        {"k": {"deep": "x"}},
        {"k": CARD},
        {"4111111111111111": "x"},
        {str(number): "x" for number in range(51)},
    ],
    "connector": ["nobody", "", "x" * 41, 5],
    "scheduled_for": [
        "tomorrow",
        "2026-11-23",
        "2026-11-23T10:00:00",
        "2026-02-30T10:00:00Z",
        "٢٠٢٦-11-23T10:00:00Z",
        "0001-01-01T00:00:00+14:00",
        wire_time(utc_now() + timedelta(days=367)),
        1_800_000_000,
    ],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_optional_field_is_named(acme: Client, name: str) -> None:
    for value in WRONG[name]:
        fields = wrong_fields(acme.post(PAYOUTS, {**IBAN_PAYOUT, name: value}))
        assert {field.split(".")[0] for field in fields} == {name}, value


@pytest.mark.parametrize("name", ["external_id", "connector", "scheduled_for"])
def test_null_is_the_same_as_none_where_an_answer_may_show_null(acme: Client, name: str) -> None:
    acme.create(**{name: None})


def test_a_refused_request_leaves_nothing_behind(acme: Client) -> None:
    problem(acme.post(PAYOUTS, {**IBAN_PAYOUT, "currency": "BTC"}), 400, "invalid-fields")

    assert not Payout.objects.exists()


def _told() -> float:
    """How many new payouts the subscribers of the event have heard of."""
    name = 'payouts_created_total{connector="manual",currency="EUR"} '
    return sum(float(line.removeprefix(name)) for line in render()[0].decode().splitlines() if line.startswith(name))


def test_a_create_that_is_refused_at_its_end_is_told_to_nobody(acme: Client) -> None:
    acme.create(connector="manual", external_id="1")
    told = _told()

    problem(acme.post(PAYOUTS, {**IBAN_PAYOUT, "connector": "manual", "external_id": "1"}), 409, "external-id-taken")

    assert _told() == told
    acme.create(connector="manual", external_id="2")
    assert _told() == told + 1
