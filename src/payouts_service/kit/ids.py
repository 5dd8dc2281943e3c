"""Ids on the wire: a prefix that names the kind of object, and a UUIDv7 in Crockford's base 32.

The text keeps the order of the UUIDs, so ids sort by creation (RFC 9562, section 5.7).
"""

from __future__ import annotations

import re
import uuid
from typing import Final

from uuid_utils.compat import uuid7

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH: Final = 26
_PAIRS: Final = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS: Final = range(5 * (_LENGTH - 2), -1, -10)  # Two letters at a time take half as long as one.
TEXT_PATTERN: Final = f"[0-7][{_ALPHABET}]{{{_LENGTH - 1}}}"
_TEXT: Final = re.compile(TEXT_PATTERN, re.ASCII)


def new_id() -> uuid.UUID:
    """A new time-ordered id."""
    return uuid7()


def to_text(prefix: str, value: uuid.UUID) -> str:
    """``po`` and a UUID give ``po_01j…``."""
    number = value.int
    return f"{prefix}_{''.join([_PAIRS[number >> bits & 1023] for bits in _SHIFTS])}"


def from_text(prefix: str, text: str) -> uuid.UUID | None:
    """The UUID behind a wire id of this kind, or None where the text is not one."""
    kind, _, encoded = text.partition("_")
    if kind != prefix or not _TEXT.fullmatch(encoded):
        return None
    number = 0
    for letter in encoded:
        number = number << 5 | _VALUES[letter]
    return uuid.UUID(int=number)
