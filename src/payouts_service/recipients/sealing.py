"""Seals recipient details at rest: AES-256-GCM, bound to one column of one row.

A sealed value is: version (1 byte), length of the key id (1 byte), key id (ASCII), nonce (12 bytes), ciphertext with
its tag of 16 bytes. The key id can be read without a key, so that a rotation finds the rows an old key still holds.
Everything before the nonce, the column and the row id are authenticated: a value moved to another row or column
does not open (NIST SP 800-38D, additional authenticated data).
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION: Final = 1
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


class CannotOpen(Exception):
    """A sealed value does not open: it was changed or moved, or its key is not at hand. Never the client's fault."""


class UnknownSealingKey(CannotOpen):
    """The value names a key id that SEALING_KEYS does not hold."""


def seal(details: dict[str, str], *, row_id: UUID, column: str) -> bytes:
    """Seal details with the first of SEALING_KEYS.

    ``column`` names table and column (``payout.recipient_details``). Nonces are random: one key may seal at most 2^32
    values (NIST SP 800-38D, 8.3), then put a new key first.
    """
    key_id, key = next(iter(_keys().items()))
    header = _header(key_id)
    nonce = os.urandom(_NONCE_BYTES)
    plain = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return header + nonce + _cipher(key).encrypt(nonce, plain, _place(header, column, row_id))


def open_sealed(blob: bytes | memoryview, *, row_id: UUID, column: str) -> dict[str, str]:
    """The details that ``seal`` sealed for this row and column.

    Raises UnknownSealingKey where SEALING_KEYS lacks the value's key, CannotOpen where the value was changed, moved
    from another place or never was a sealed value.
    """
    sealed = bytes(blob)
    key_id = sealing_key_id(sealed)
    try:
        key = _keys()[key_id]
    except KeyError:
        raise UnknownSealingKey(
            f"The sealing key {key_id} of {column} in row {row_id} is unknown: add it to SEALING_KEYS again."
        ) from None
    body = 2 + len(key_id)
    header, nonce, ciphertext = sealed[:body], sealed[body : body + _NONCE_BYTES], sealed[body + _NONCE_BYTES :]
    try:
        plain = _cipher(key).decrypt(nonce, ciphertext, _place(header, column, row_id))
    except InvalidTag:
        raise CannotOpen(
            f"The sealed {column} of row {row_id} was changed or belongs elsewhere: restore it from a backup."
        ) from None
    details: dict[str, str] = json.loads(plain)
    return details


def sealing_key_id(blob: bytes | memoryview) -> str:
    """The id of the key that sealed a value, read without the key. Raises CannotOpen if it is no sealed value."""
    sealed = bytes(blob)
    key_id = sealed[2 : 2 + sealed[1]] if len(sealed) > 1 and sealed[0] == _VERSION else b""
    if not key_id.isalnum() or len(sealed) < 2 + len(key_id) + _NONCE_BYTES + _TAG_BYTES:
        raise CannotOpen("This is not a sealed value of version 1: restore it from a backup.")
    return key_id.decode("ascii")


def seal_prefix() -> bytes:
    """How every value begins that the first of SEALING_KEYS has sealed, and no other."""
    return _header(next(iter(_keys())))


def _header(key_id: str) -> bytes:
    return bytes([_VERSION, len(key_id)]) + key_id.encode("ascii")


def _keys() -> dict[str, bytes]:
    keys: dict[str, bytes] = settings.SEALING_KEYS
    return keys


@cache
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _place(header: bytes, column: str, row_id: UUID) -> bytes:
    # Unambiguous: the header tells its own length, the row id has 16 bytes, the column is what stands between.
    return header + column.encode() + row_id.bytes
