"""A key is kept for ever, so the fingerprint of a request must be the same in every release."""

from __future__ import annotations

import pytest
from django.conf import settings

from payouts_service.idempotency.models import IdempotencyKey
from tests.client import IBAN_PAYOUT, PAYOUTS, PLAIN_PAYOUT, Client

FULL = {
    **IBAN_PAYOUT,
    "comment": "Invoice 42",
    "external_id": "invoice-42",
    "metadata": {"b": "2", "a": "ё"},
    "connector": "manual",
    "scheduled_for": "2026-01-01T12:00:00+02:00",
}


@pytest.mark.parametrize(
    ("body", "known"),
    [
        (IBAN_PAYOUT, "69066b6461963fb049878a378012df7e14caf6493af217cf470eae3a60e79303"),
        (PLAIN_PAYOUT, "01152f08e6932c9ab751ebd7bc145bdce22fc95ef265266c23f8e0c21c597393"),
        (FULL, "f266a4f5c91037acf7322fb5a73ac1236a52fca6c7faa29d1a528d4a1af9637b"),
    ],
    ids=["iban", "plain", "full"],
)
def test_it_is_what_it_was_in_the_first_release(acme: Client, body: dict[str, object], known: str) -> None:
    assert acme.post(PAYOUTS, body, Idempotency_Key="k").status_code == 201

    assert settings.FINGERPRINT_KEY == b"a-fingerprint-key-of-the-tests-that-guards-nothing"
    assert bytes(IdempotencyKey.objects.get().fingerprint).hex() == known
