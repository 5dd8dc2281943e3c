"""The keyed hash is HMAC-SHA-256, whatever was hashed with the key before."""

from __future__ import annotations

from payouts_service.kit.keyed_hash import keyed_hash

OF_RFC_4231_CASE_2 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_it_is_that_of_rfc_4231() -> None:
    keyed_hash(b"Jefe", "something else")

    assert keyed_hash(b"Jefe", "what do ya want for nothing?").hex() == OF_RFC_4231_CASE_2
