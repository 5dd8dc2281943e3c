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


def id_text_sql(prefix: str, value: str) -> str:
    """``to_text`` as an expression of PostgreSQL, for a UUID that only the statement knows; NULL gives NULL."""
    bits = f"B'00' || ('x' || replace({value}::text, '-', ''))::bit(128)"
    letter = f"substr('{_ALPHABET}', 1 + substring({bits}, 1 + 5 * place, 5)::int, 1)"
    letters = f"(SELECT string_agg({letter}, '' ORDER BY place) FROM generate_series(0, {_LENGTH - 1}) AS place)"  # noqa: S608 - the program's own text.
    return f"CASE WHEN {value} IS NOT NULL THEN '{prefix}_' || {letters} END"


def from_text(prefix: str, text: str) -> uuid.UUID | None:
    """The UUID behind a wire id of this kind, or None where the text is not one."""
    kind, _, encoded = text.partition("_")
    if kind != prefix or not _TEXT.fullmatch(encoded):
        return None
    number = 0
    for letter in encoded:
        number = number << 5 | _VALUES[letter]
    return uuid.UUID(int=number)
