from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from payouts_service.recipients.kinds import (
    CardTokenDetails,
    IbanDetails,
    PhoneDetails,
    RecipientDetails,
    RuAccountDetails,
    TextDetails,
    parse_details,
)

ACCOUNT = {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"}
CARD = {"kind": "card_token", "token": "tok_1NvHYL2eZvKYlo2C", "last4": "4242"}
TEXT = {"kind": "text", "text": "Card ****1234"}
RU_ACCOUNT = {"kind": "ru_account", "name": "ООО «Ромашка»", "bik": "044525225", "account": "40702810438000060473"}
PHONE = {"kind": "phone", "name": "Ada Lovelace", "phone": "+79123456789"}
EACH_KIND = [ACCOUNT, CARD, TEXT, RU_ACCOUNT, PHONE]
SECRETS = ["Ada", "Ромашка", "40702810438000060473", "7707083893", "9123456789"]
REGISTRY_EXAMPLES = [
    "AE070331234567890123456",
    "BR1800360305000010009795493C1",
    "FR1420041010050500013M02606",
    "GB29NWBK60161331926819",
    "KZ86125KZT5004100100",
    "MT84MALT011000012345MTLCAST001S",
    "NO9386011117947",
    "SA0380000000608010167519",
    "XK051212012345678906",
]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    recipient_details: RecipientDetails


def read(value: object) -> dict[str, str]:
    return Request.model_validate({"recipient_details": value}).recipient_details.plain()


def refusals(value: object) -> set[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        read(value)
    return {(".".join(map(str, error["loc"])), error["type"]) for error in refused.value.errors()}


@pytest.mark.parametrize("details", [*EACH_KIND, ACCOUNT | {"bic": "COBADEFFXXX"}])
def test_each_kind_is_read_from_python_and_from_json_into_plain_strings(details: dict[str, str]) -> None:
    assert read(details) == details
    from_json = Request.model_validate_json(json.dumps({"recipient_details": details}))
    assert from_json.recipient_details.plain() == details


def test_details_that_are_already_parsed_are_taken_as_they_are() -> None:
    parsed = parse_details(TEXT)
    assert Request(recipient_details=parsed).recipient_details is parsed


def test_a_bare_string_is_short_for_text() -> None:
    assert read("Card ****1234") == TEXT


@pytest.mark.parametrize(
    ("bare", "code"),
    [
        ("123", "string_too_short"),
        ("x" * 501, "string_too_long"),
        ("        1234567", "string_too_short"),
        ("send to 4111 1111 1111 1111", "card_number"),
        ("zero \x00 byte", "invisible_character"),
        ("half a pair \ud800", "string_unicode"),
    ],
)
def test_an_error_in_a_bare_string_names_recipient_details(bare: str, code: str) -> None:
    assert refusals(bare) == {("recipient_details", code)}


@pytest.mark.parametrize("value", [None, 5, 5.0, True, [], ["text"], b"Card ****1234"])
def test_what_is_neither_object_nor_string_is_refused(value: object) -> None:
    assert refusals(value) == {("recipient_details", "recipient_details_type")}


@pytest.mark.parametrize(
    "value", [{}, {"kind": "paypal"}, {"kind": None}, {"kind": []}, {"kind": {}}, {"kind": 1}, {"kind": "IBAN"}]
)
def test_an_unknown_or_missing_kind_is_refused_by_its_own_path(value: object) -> None:
    assert refusals(value) == {("recipient_details.kind", "recipient_kind")}


def test_all_errors_are_told_at_once_each_by_the_clients_path() -> None:
    assert refusals({"kind": "iban", "iban": "DE00370400440532013000", "bic": "?", "note": ""}) == {
        ("recipient_details.name", "missing"),
        ("recipient_details.iban", "iban"),
        ("recipient_details.bic", "string_too_short"),
        ("recipient_details.note", "extra_forbidden"),
    }


def test_errors_and_representations_never_show_a_value() -> None:
    secret = "DE89370400440532013001"
    for parse in (read, parse_details):
        with pytest.raises(ValidationError) as refused:
            parse(ACCOUNT | {"iban": secret})
        assert secret not in str(refused.value)
    details = [parse_details(value) for value in (*EACH_KIND, RU_ACCOUNT | {"inn": "7707083893"})]
    for value in (*SECRETS, "DE89370400440532013000", "tok_1NvHYL2eZvKYlo2C", "****1234"):
        assert value not in repr(details)


@pytest.mark.parametrize(
    "written",
    ["DE89 3704 0044 0532 0130 00", "de89370400440532013000", " DE89 370400440532013000 ", "dE 89370400440532013000"],
)
def test_an_iban_is_stored_in_its_electronic_form(written: str) -> None:
    assert read(ACCOUNT | {"iban": written})["iban"] == "DE89370400440532013000"


@pytest.mark.parametrize("iban", REGISTRY_EXAMPLES)
def test_the_examples_of_the_iban_registry_are_accepted(iban: str) -> None:
    assert read(ACCOUNT | {"iban": iban})["iban"] == iban


@pytest.mark.parametrize(
    ("iban", "code"),
    [
        ("DE88370400440532013000", "iban"),  # Wrong check digits.
        ("DE8937040044053201300", "iban"),  # One digit short for Germany.
        ("DE8937040044053201300A", "iban"),  # A letter where Germany has digits.
        ("ZZ89370400440532013000", "iban"),  # No such country.
        ("370400440532013000DE89", "iban"),
        ("DE89-3704-0044-0532-0130-00", "iban_characters"),
        ("DE8937040044053201300\N{FULLWIDTH DIGIT ZERO}", "iban_characters"),
        ("DE89\N{NO-BREAK SPACE}370400440532013000", "iban_characters"),
        ("DE89\t370400440532013000", "iban_characters"),
        ("DE89370400440532", "iban"),
        ("DE89", "string_too_short"),
        ("D" * 43, "string_too_long"),
        (89370400440532013000, "string_type"),
        (None, "string_type"),
    ],
)
def test_a_wrong_iban_is_refused(iban: object, code: str) -> None:
    assert refusals(ACCOUNT | {"iban": iban}) == {("recipient_details.iban", code)}


@pytest.mark.parametrize("right", REGISTRY_EXAMPLES)
def test_one_wrong_digit_of_an_iban_is_always_noticed(right: str) -> None:
    for place, digit in enumerate(right):
        for other in set("0123456789") - {digit} if digit.isdigit() else ():
            wrong = right[:place] + other + right[place + 1 :]
            assert refusals(ACCOUNT | {"iban": wrong}) == {("recipient_details.iban", "iban")}


@given(st.text(min_size=1, max_size=60))
def test_no_text_in_any_field_breaks_the_parser(text: str) -> None:
    for value in (text, *({**base, field: text} for base in (ACCOUNT, CARD, TEXT) for field in (*base, "bic"))):
        with suppress(ValidationError, PydanticCustomError):
            assert parse_details(value).plain()["kind"] in {"iban", "card_token", "text"}


@pytest.mark.parametrize(
    ("iban", "bic", "stored"),
    [
        ("DE89370400440532013000", "cobadeff", "COBADEFF"),
        ("DE89370400440532013000", " COBADEFFXXX ", "COBADEFFXXX"),
        ("FR1420041010050500013M02606", "BNPAGPGXXXX", "BNPAGPGXXXX"),  # Guadeloupe, within France's IBANs.
        ("GB29NWBK60161331926819", "NWBKJESXXXX", "NWBKJESXXXX"),  # Jersey, within the United Kingdom's.
        ("XK051212012345678906", "NCBVXKPRXXX", "NCBVXKPRXXX"),
    ],
)
def test_a_bic_of_the_ibans_country_is_stored_in_upper_case(iban: str, bic: str, stored: str) -> None:
    assert read(ACCOUNT | {"iban": iban, "bic": bic})["bic"] == stored


@pytest.mark.parametrize(
    ("bic", "code"),
    [
        ("DEUTFRPP", "bic_country"),
        ("BNPAGPGX", "bic_country"),
        ("COBADEFFX", "bic"),
        ("COBAZZFF", "bic_country"),
        ("COBA1EFF", "bic"),
        ("COBA DEFF", "bic"),
        ("COBADE\N{LATIN SMALL LETTER DOTLESS I}F", "bic"),
        ("COBADEFFXXXX", "string_too_long"),
        ("", "string_too_short"),
        (5, "string_type"),
    ],
)
def test_a_wrong_bic_is_refused(bic: object, code: str) -> None:
    assert refusals(ACCOUNT | {"bic": bic}) == {("recipient_details.bic", code)}


@pytest.mark.parametrize("value", [5, True, b"Card ****1234", ["Card ****1234"], None])
def test_no_value_is_turned_into_a_string(value: object) -> None:
    assert refusals({"kind": "text", "text": value}) == {("recipient_details.text", "string_type")}


def test_a_bic_of_null_is_no_bic() -> None:
    assert read(ACCOUNT | {"bic": None}) == ACCOUNT


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("  Ada Lovelace ", "Ada Lovelace"),
        ("Cafe\N{COMBINING ACUTE ACCENT}", "Caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("Фирма «Ромашка»", "Фирма «Ромашка»"),
        ("山田太郎", "山田太郎"),
        ("X", "X"),
        ("A" * 140, "A" * 140),
    ],
)
def test_a_name_is_stored_without_outer_spaces_in_normal_form_c(name: str, stored: str) -> None:
    assert read(ACCOUNT | {"name": name})["name"] == stored


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "string_too_short"),
        ("   ", "string_too_short"),
        ("A" * 141, "string_too_long"),
        ("12345", "name_letters"),
        ("Ada\nLovelace", "invisible_character"),
        ("Ada\N{RIGHT-TO-LEFT OVERRIDE}ecalevoL", "invisible_character"),
        ("Ada\N{ZERO WIDTH SPACE}Lovelace", "invisible_character"),
        ("Ada\N{LINE SEPARATOR}Lovelace", "invisible_character"),
        ("Ada \ue000", "invisible_character"),
        ("Ada \U000e0080", "invisible_character"),
        ("Ada \ud800", "string_unicode"),
        ("Ada 4111-1111-1111-1111", "card_number"),
    ],
)
def test_a_name_that_cannot_be_read_is_refused(name: str, code: str) -> None:
    assert refusals(ACCOUNT | {"name": name}) == {("recipient_details.name", code)}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"last4": "42"}, ("recipient_details.last4", "string_pattern_mismatch")),
        ({"last4": "42424"}, ("recipient_details.last4", "string_pattern_mismatch")),
        ({"last4": "4242\n"}, ("recipient_details.last4", "string_pattern_mismatch")),
        ({"last4": "٤٢٤٢"}, ("recipient_details.last4", "string_pattern_mismatch")),
        ({"last4": 4242}, ("recipient_details.last4", "string_type")),
        ({"token": "tok"}, ("recipient_details.token", "string_too_short")),
        ({"token": "t" * 129}, ("recipient_details.token", "string_too_long")),
        ({"token": "tok 12345"}, ("recipient_details.token", "string_pattern_mismatch")),
        ({"token": "tok_ü"}, ("recipient_details.token", "string_pattern_mismatch")),
        ({"token": "tok_123\n"}, ("recipient_details.token", "string_pattern_mismatch")),
        ({"token": "4242424242424242"}, ("recipient_details.token", "card_number")),
        ({"token": "pan:4242-4242-4242-4242"}, ("recipient_details.token", "card_number")),
    ],
)
def test_a_wrong_card_token_is_refused(change: dict[str, Any], error: tuple[str, str]) -> None:
    assert refusals(CARD | change) == {error}


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (IbanDetails, "iban"),
        (RuAccountDetails, "ru_account"),
        (PhoneDetails, "phone"),
        (CardTokenDetails, "card_token"),
        (TextDetails, "text"),
    ],
)
def test_the_documented_examples_are_accepted(model: type[BaseModel], kind: str) -> None:
    (example,) = model.model_json_schema()["examples"]
    assert read(example)["kind"] == kind


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_schema_is_a_union_by_kind_or_a_bare_string(mode: Any) -> None:
    by_kind, bare = Request.model_json_schema(mode=mode)["properties"]["recipient_details"]["anyOf"]
    assert by_kind["discriminator"]["propertyName"] == "kind"
    assert set(by_kind["discriminator"]["mapping"]) == {"iban", "ru_account", "phone", "card_token", "text"}
    assert len(by_kind["oneOf"]) == 5
    assert (bare["type"], bare["minLength"], bare["maxLength"]) == ("string", 8, 500)
