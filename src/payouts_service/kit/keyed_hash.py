"""HMAC-SHA-256 (RFC 2104): a hash that nobody without the key can make, or try guesses against."""

from __future__ import annotations

import hmac
from functools import cache


def keyed_hash(key: bytes, message: str) -> bytes:
    """The hash, 32 bytes, of the message in UTF-8.

    It goes on from a copy of what the key alone makes, since OpenSSL looks up its algorithm anew for each new hash.
    """
    begun = _begun(key).copy()
    begun.update(message.encode())
    return begun.digest()


@cache
def _begun(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
