"""A phone number is taken in any usual spelling, stored as E.164, and refused where no such number exists."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from payouts_service.recipients.kinds import parse_details

PHONE = {"kind": "phone", "name": "Ada Lovelace", "phone": "+79123456789"}


def refusals(**changes: Any) -> set[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        parse_details(PHONE | changes)
    return {(".".join(map(str, error["loc"])), error["type"]) for error in refused.value.errors()}


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("+79123456789", "+79123456789"),
        ("+7 912 345-67-89", "+79123456789"),
        (" +7 (912) 345 67 89 ", "+79123456789"),
        ("+996 555 123 456", "+996555123456"),
        ("+7 701 234 56 78", "+77012345678"),
        ("+44 7400 123456", "+447400123456"),
        ("+1 (201) 555-0123", "+12015550123"),
        ("+49 1512 3456789", "+4915123456789"),  # 13 digits, and Luhn lets some such numbers pass.
        ("+49 1512 3456782", "+4915123456782"),
    ],
)
def test_a_number_is_stored_in_its_international_form(written: str, stored: str) -> None:
    assert parse_details(PHONE | {"phone": written}).plain()["phone"] == stored


@pytest.mark.parametrize(
    "written",
    [
        "79123456789",  # Without + nobody can tell the country.
        "89123456789",
        "0079123456789",
        "+7912345678",  # A digit short.
        "+791234567890",
        "+7 112 345-67-89",  # No such area.
        "+999 1234567",
        "+1 800 FLOWERS",
        "+7 912 345-67-89 ext. 5",
        "+٧٩١٢٣٤٥٦٧٨٩",
        "\N{FULLWIDTH PLUS SIGN}79123456789",
        "+7\n9123456789",
        "+4111111111111111",  # Numbers of cards.
        "+4111 1111 1111 1111",
        "+378282246310005",
        "+30569309025904",
    ],
)
def test_what_is_no_number_of_any_country_is_refused(written: str) -> None:
    assert refusals(phone=written) == {("phone", "phone")}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"phone": "+7912"}, ("phone", "string_too_short")),
        ({"phone": 79123456789}, ("phone", "string_type")),
        ({"phone": "+7" + " " * 40 + "9123456789"}, ("phone", "string_too_long")),
        ({"bank_id": "10000000011"}, ("bank_id", "string_pattern_mismatch")),
        ({"bank_id": "4111111111111111"}, ("bank_id", "string_pattern_mismatch")),
        ({"bank_id": "Sberbank0111"}, ("bank_id", "string_pattern_mismatch")),
        ({"name": ""}, ("name", "string_too_short")),
        ({"iban": "DE89370400440532013000"}, ("iban", "extra_forbidden")),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(changes: dict[str, Any], error: tuple[str, str]) -> None:
    assert refusals(**changes) == {error}


def test_the_bank_is_kept_where_it_is_given() -> None:
    details = PHONE | {"bank_id": "100000000111"}
    assert parse_details(details).plain() == details
