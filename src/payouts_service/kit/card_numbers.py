"""Finds full card numbers (ISO/IEC 7812) in text, so that none is ever stored."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

_SHORTEST: Final = 13
_LONGEST: Final = 19

# Digits of any script; between two of them spaces, dots and dashes of any script, or characters of no width.
_DIGITS: Final = re.compile(r"\d+")
_RUN: Final = re.compile(
    r"\d(?:[\s.\u00b7\uff0e\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u00ad\u200b-\u200d\u2060\ufeff]{0,3}\d)+"
)

# A UUID with a letter in it (RFC 9562): one in a thousand would hold digits that pass for a card number.
_UUID: Final = re.compile(
    r"(?<![0-9a-z])(?=[0-9-]*[a-f])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-z])",
    re.ASCII | re.IGNORECASE,
)

# A Luhn digit at the second, fourth … place from the end counts double, and its two digits are added.
_DOUBLED: Final = {"0": 0, "1": 2, "2": 4, "3": 6, "4": 8, "5": 1, "6": 3, "7": 5, "8": 7, "9": 9}

# The beginnings and lengths of the card schemes' numbers, as they publish them.
_SCHEME: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|220[0-4]\d{12,15}"  # Mir
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|095|[689]\d)\d{11,16}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12,15}"  # Discover, UnionPay
    r"|(?:50|5[6-8]|6[0-9])\d{11,17}"  # Maestro, RuPay
    r"|(?:8600|9860|9417|9792|81\d\d)\d{12}",  # Uzcard, Humo, Elcart, Troy, UnionPay
    re.ASCII,
)


def contains_card_number(text: str) -> bool:
    """Whether a full card number stands anywhere in the text: 13 to 19 digits that pass Luhn's check.

    - The digits may be of any script, in groups that up to three spaces, dashes or dots separate.
    - A run of groups that is as long as a card number is one if Luhn says so. Within a longer run ("order 12 4111 …")
      neighbouring groups must also begin like a scheme's number and have its length: of all other numbers Luhn lets
      one in ten pass, and an account number printed in groups holds several candidates.
    - Groups are never cut: a solid string of 20 digits or more is an account or a reference, not a card.
    - UUIDs are passed over, unless they consist of digits alone.
    - A number that begins with 0 or 1 is none: ISO/IEC 7812-1 gives these to no bank card, and clocks in milliseconds
      and generated ids begin with 1.

    Takes time linear in the length of the text.
    """
    return any(_holds_card_number(run.group()) for run in _RUN.finditer(_UUID.sub("uuid", text)))


def _holds_card_number(run: str) -> bool:
    if len(run) < _SHORTEST:
        return False
    groups = ["".join(str(int(digit)) for digit in group) for group in _DIGITS.findall(run)]
    digits = "".join(groups)
    edges = list(accumulate(map(len, groups), initial=0))
    for place, start in enumerate(edges):
        for end in edges[place + 1 : place + 1 + _LONGEST]:
            if end - start > _LONGEST:
                break
            if end - start >= _SHORTEST and _is_card_number(digits, start, end):
                return True
    return False


def _is_card_number(digits: str, start: int, end: int) -> bool:
    alone = end - start == len(digits)
    if digits[start] in "01" or not (alone or _SCHEME.fullmatch(digits, start, end)):
        return False
    backwards = digits[start:end][::-1]
    total = sum(map(int, backwards[::2])) + sum(_DOUBLED[digit] for digit in backwards[1::2])
    return total % 10 == 0
