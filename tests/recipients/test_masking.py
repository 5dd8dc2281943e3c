from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter

from payouts_service.recipients.kinds import parse_details
from payouts_service.recipients.masking import (
    AnyMasked,
    MaskedCardToken,
    MaskedDetails,
    MaskedErased,
    MaskedIban,
    MaskedPhone,
    MaskedRuAccount,
    MaskedText,
    mask,
)

ACCOUNT = {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"}
CARD = {"kind": "card_token", "token": "tok_1NvHYL2eZvKYlo2C", "last4": "4242"}
TEXT = {"kind": "text", "text": "Card ****1234, Ada Lovelace"}
RU_ACCOUNT = {
    "kind": "ru_account",
    "name": "ООО «Ромашка»",
    "bik": "044525225",
    "correspondent_account": "30101810400000000225",
    "account": "40702810438000060473",
    "inn": "7707083893",
}
PHONE = {"kind": "phone", "name": "Ada Lovelace", "phone": "+79123456789"}


@pytest.mark.parametrize(
    ("details", "masked"),
    [
        (ACCOUNT, {"kind": "iban", "name": "A. L.", "iban": "DE89 •••• 3000"}),
        (
            ACCOUNT | {"bic": "COBADEFFXXX"},
            {"kind": "iban", "name": "A. L.", "iban": "DE89 •••• 3000", "bic": "COBADEFFXXX"},
        ),
        (CARD, {"kind": "card_token", "token": "••••", "last4": "4242"}),
        (TEXT, {"kind": "text", "text": "Card •••• lace"}),
        (
            RU_ACCOUNT,
            {"kind": "ru_account", "name": "О. Р.", "bik": "044525225", "account": "•••• 0473", "inn": "••••"},
        ),
        (PHONE, {"kind": "phone", "name": "A. L.", "phone": "+7 •••• 89"}),
        (
            PHONE | {"phone": "+996555123456", "bank_id": "100000000111"},
            {"kind": "phone", "name": "A. L.", "phone": "+996 •••• 56", "bank_id": "100000000111"},
        ),
    ],
)
def test_each_kind_shows_what_the_contract_says(details: dict[str, str], masked: dict[str, str]) -> None:
    assert mask(parse_details(details).plain()).plain() == masked


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ada", "A."),
        ("ada king lovelace", "A. K. L."),
        ("Юла «Щит»", "Ю. Щ."),
        ("Jean-Luc O'Neill 3rd", "J. O. R."),
        ("山田 太郎", "山. 太."),
        ("7 Ravens", "R."),
    ],
)
def test_a_name_shows_its_initials(name: str, initials: str) -> None:
    assert mask(ACCOUNT | {"name": name}).plain()["name"] == initials


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("abcdefgh", "ab •••• gh"),
        ("abcdefghijk", "abc •••• ijk"),
        ("Card ****1234", "Card •••• 1234"),
        ("abc", " •••• "),
    ],
)
def test_a_short_text_shows_less(text: str, masked: str) -> None:
    assert mask({"kind": "text", "text": text}).plain()["text"] == masked


@given(st.text(min_size=8, max_size=500))
def test_at_least_four_characters_of_a_text_stay_hidden(text: str) -> None:
    first, last = (
        mask({"kind": "text", "text": text}).plain()["text"].split(" •••• ", 1) if "•" not in text else ("", "")
    )
    assert len(first) + len(last) <= len(text) - 4
    assert len(first) <= 4
    assert len(last) <= 4
    assert text.startswith(first)
    assert text.endswith(last)


@given(st.from_regex(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", fullmatch=True))
def test_the_middle_of_an_iban_is_never_shown(iban: str) -> None:
    assert mask(ACCOUNT | {"iban": iban}).plain()["iban"] == f"{iban[:4]} •••• {iban[-4:]}"


def test_an_unknown_kind_is_an_error_and_shows_nothing() -> None:
    with pytest.raises(ValueError, match="No mask is known for the recipient kind paypal"):
        mask({"kind": "paypal", "email": "ada@example.org"})


@pytest.mark.parametrize("model", [MaskedIban, MaskedRuAccount, MaskedPhone, MaskedCardToken, MaskedText, MaskedErased])
def test_the_documented_examples_have_the_shape_of_the_answers(model: type[AnyMasked]) -> None:
    (example,) = model.model_json_schema()["examples"]
    adapter: TypeAdapter[AnyMasked] = TypeAdapter(MaskedDetails)
    parsed = adapter.validate_python(example)
    assert type(parsed) is model
    assert parsed.plain() == example
