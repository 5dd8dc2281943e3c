from __future__ import annotations

from contextlib import suppress
from decimal import ROUND_DOWN, ROUND_UP, Decimal

import pycountry
import pytest
from hypothesis import given, strategies as st

from payouts_service.kit.money import amount_text, in_units, is_iso_4217, minor_units, parse_amount

# Listed by ISO 4217 without a minor unit: nothing can be paid in them.
WITHOUT_MINOR_UNIT = {"XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"}


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("150.00", "EUR", "150.00"),
        ("150", "EUR", "150.00"),
        ("150.5", "EUR", "150.50"),
        ("0.01", "EUR", "0.01"),
        ("007.10", "EUR", "7.10"),
        (150, "EUR", "150.00"),
        (999_999_999_999_999, "EUR", "999999999999999.00"),
        ("999999999999999.99", "EUR", "999999999999999.99"),
        ("150", "JPY", "150"),
        (1, "JPY", "1"),
        ("1.234", "KWD", "1.234"),
        ("999999999999999.9999", "CLF", "999999999999999.9999"),
    ],
)
def test_an_amount_is_read_exactly_with_the_currencys_digits(value: object, currency: str, text: str) -> None:
    amount = parse_amount(value, currency)
    assert str(amount) == text
    assert amount_text(amount, currency) == text


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            " ",
            "5.",
            ".5",
            "5,00",
            "+5",
            "-5",
            "0",
            "0.00",
            "-0.00",
            "1e2",
            "1E+2",
            "1_000",
            " 5.00 ",
            "5.00\n",
            "0x5",
        ),
        *(
            "NaN",
            "sNaN",
            "Infinity",
            "١٢٣",
            "\N{FULLWIDTH DIGIT FIVE}",
            "5.0\N{ARABIC-INDIC DIGIT ZERO}",
            "5\x00",
            "\ud800",
        ),
        *("150.000", "0.001", "1000000000000000", "0000000000000001"),
        *(0, -5, 10**15, 10**10_000, -(10**10_000), True, False),
        *(5.0, float("nan"), float("inf"), Decimal(5), None, [], {}, ["5"], b"5"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_refused_with_a_sentence(value: object) -> None:
    with pytest.raises(ValueError, match=r"^Give (the|an) amount [^\n]+\.$"):
        parse_amount(value, "EUR")


@pytest.mark.parametrize(
    ("value", "currency"), [("1.0", "JPY"), ("1.2345", "KWD"), ("1.234", "USD"), ("1.23456", "CLF")]
)
def test_more_digits_than_the_currency_has_are_refused(value: str, currency: str) -> None:
    with pytest.raises(ValueError, match=f"{currency} has no more"):
        parse_amount(value, currency)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("value", ["9" * 1_000_000, "0." + "0" * 1_000_000 + "1", "1." * 500_000])
def test_a_very_long_amount_is_refused_without_hanging(value: str) -> None:
    with pytest.raises(ValueError, match=r"^Give the amount"):
        parse_amount(value, "EUR")


@given(st.integers(1, 10**17 - 1))
def test_every_number_of_cents_survives_reading_and_writing(cents: int) -> None:
    text = f"{cents // 100}.{cents % 100:02}"
    assert amount_text(parse_amount(text, "EUR"), "EUR") == text
    assert parse_amount(text, "EUR") == Decimal(cents) / 100


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    with suppress(ValueError):
        assert parse_amount(text, "EUR") > 0


@pytest.mark.parametrize(
    "code", ["", "usd", "US", "USDT", "BTC", "XAU", "XXX", "ZZZ", "EUR\n", "\N{FULLWIDTH LATIN CAPITAL LETTER E}UR"]
)
def test_a_code_that_is_no_currency_is_known_as_such(code: str) -> None:
    assert not is_iso_4217(code)
    with pytest.raises(ValueError, match="not an ISO 4217 currency"):
        minor_units(code)
    with pytest.raises(ValueError, match="not an ISO 4217 currency"):
        parse_amount("1", code)


def test_the_codes_are_those_of_iso_4217() -> None:
    listed = {currency.alpha_3 for currency in pycountry.currencies}
    assert {code for code in listed if is_iso_4217(code)} == listed - WITHOUT_MINOR_UNIT


@pytest.mark.parametrize(
    ("currency", "digits"), [("JPY", 0), ("KRW", 0), ("EUR", 2), ("KGS", 2), ("KWD", 3), ("UYW", 4)]
)
def test_a_currency_has_the_digits_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_units(currency) == digits


def test_an_amount_is_written_with_the_digits_of_its_currency() -> None:
    assert amount_text(Decimal(150), "EUR") == "150.00"
    assert amount_text(Decimal(150), "JPY") == "150"


@pytest.mark.parametrize(
    ("currency", "up", "down"), [("JPY", "13", "12"), ("EUR", "12.35", "12.34"), ("KWD", "12.346", "12.345")]
)
def test_an_amount_with_too_many_digits_is_brought_to_whole_units(currency: str, up: str, down: str) -> None:
    assert str(in_units(Decimal("12.34501"), currency, rounding=ROUND_UP)) == up
    assert str(in_units(Decimal("12.3459"), currency, rounding=ROUND_DOWN)) == down
