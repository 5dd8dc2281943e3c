from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from uuid import UUID

import pytest
from hypothesis import assume, given, strategies as st

from payouts_service.kit.card_numbers import contains_card_number

SEPARATORS = [
    "",
    " ",
    "-",
    ".",
    " - ",
    "\N{NO-BREAK SPACE}",
    "\N{NARROW NO-BREAK SPACE}",
    "\N{EN DASH}",
    "\n",
    "\u200b",
]
ZEROS = ["0", "\N{FULLWIDTH DIGIT ZERO}", "\N{ARABIC-INDIC DIGIT ZERO}", "\N{DEVANAGARI DIGIT ZERO}"]
BEGINNINGS = st.sampled_from(["2", "3", "4", "5", "6", "8", "9"])


def with_check_digit(body: str) -> str:
    """Append Luhn's digit, found by trying: written otherwise than the code under test."""
    for check in "0123456789":
        doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(body + check))]
        if sum(number // 10 + number % 10 for number in doubled) % 10 == 0:
            return body + check
    raise AssertionError


numbers = st.builds(
    lambda first, rest: with_check_digit(first + rest), BEGINNINGS, st.from_regex(r"[0-9]{11,17}", fullmatch=True)
)


@given(st.uuids(), st.sampled_from([str, lambda uuid: uuid.hex, lambda uuid: f"order {uuid}."]))
def test_a_uuid_is_no_card_number(uuid: UUID, written: Callable[[UUID], str]) -> None:
    assume(not uuid.hex.isdigit())
    assert not contains_card_number(written(uuid))


@pytest.mark.parametrize("text", ["41111111-1111-1111-0000-000000000000", "ab12cd34-4111-1111-1111-1111"])
def test_what_only_resembles_a_uuid_is_looked_at(text: str) -> None:
    assert contains_card_number(text)


@pytest.mark.parametrize(
    "number",
    [
        "4222222222222",  # 13 digits
        "30569309025904",
        "378282246310005",
        "4111111111111111",
        "5555555555554444",
        "2223003122003222",
        "2200000000000004",
        "6011111111111117",
        "3530111333300000",
        "6200000000000005",
        "8600000000000007",
        "4000000000000000006",  # 19 digits
    ],
)
@pytest.mark.parametrize(
    "around", ["{}", "card {}.", "({})", "№{}, Ada", "x{}y", "order 12 {}", "{} 12/29 123", "+7 912 {}"]
)
def test_the_numbers_of_the_schemes_are_found_anywhere(number: str, around: str) -> None:
    assert contains_card_number(around.format(number))


@given(number=numbers, data=st.data())
def test_any_luhn_number_is_found_whatever_separates_its_digits_and_in_any_script(
    number: str, data: st.DataObject
) -> None:
    zero = ord(data.draw(st.sampled_from(ZEROS)))
    gaps = data.draw(st.lists(st.sampled_from(SEPARATORS), min_size=len(number) - 1, max_size=len(number) - 1))
    written = "".join(chr(zero + int(digit)) + gap for digit, gap in zip_longest(number, gaps, fillvalue=""))
    assert contains_card_number(f"to {written}, please")


@given(number=numbers, place=st.integers(0, 11), shift=st.integers(1, 9))
def test_a_number_with_one_wrong_digit_is_none(number: str, place: int, shift: int) -> None:
    wrong = number[:-1] + str((int(number[-1]) + shift) % 10)
    assert not contains_card_number(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Card ****1234",
        "411111******1111",
        "4111 1111 1111",  # Twelve digits.
        "4111 1111 1111 1112",
        "4111    1111    1111    1111",  # Columns of a table, not one number.
        "4111, 1111, 1111, 1111",
        "0000 0000 0000 0000",
        "1763919712346",  # Milliseconds since 1970, which pass Luhn's check.
        "DE89 3704 0044 0532 0130 00",
        "account 40817810099910004312, BIK 044525225",
        "41111111111111111111",  # Twenty digits, the first sixteen a card number.
        with_check_digit("4" * 19),  # Twenty digits that pass Luhn's check.
        "2026-11-23T10:00:00.000000Z",
        "+996 555 123 456",
        "po_01jd3k9v7k8000000000000000",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not contains_card_number(text)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["4", "4 ", "4   ", "41111 ", "4111 1111 1111 1112 ", "  -", "41111111111111111112", "é"]
)
def test_the_time_grows_with_the_text_only(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert not contains_card_number(text)
    assert contains_card_number(text + " 4111111111111111")
