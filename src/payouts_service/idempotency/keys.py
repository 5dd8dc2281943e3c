"""Claim an idempotency key, or learn what it made before (IETF draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.utils import OperationalError
from psycopg import errors as postgres

from payouts_service.idempotency.models import IdempotencyKey
from payouts_service.kit.card_numbers import contains_card_number
from payouts_service.kit.errors import FieldError, InvalidFields, ServiceError
from payouts_service.kit.keyed_hash import keyed_hash

KEY_IN_META: Final = "HTTP_IDEMPOTENCY_KEY"
"""The header ``Idempotency-Key`` in a request's META; ``request.headers`` reads all of them anew for each request."""
_INSERT: Final = """
INSERT INTO idempotency_idempotencykey (tenant_id, operation, key, fingerprint, object_id, created_at)
{claims}
ON CONFLICT (tenant_id, operation, key) DO NOTHING
"""
_CLAIM: Final = _INSERT.format(
    claims="SELECT %(tenant_id)s, %(operation)s, %(key)s, %(fingerprint)s, %(object_id)s, %(at)s"
)
CLAIM_COLUMNS: Final = "operation text, key text, fingerprint text"
"""What ties a key to a row's ``object_id`` and ``tenant_id``, as columns of a recordset: no key, or all three, the
fingerprint in hexadecimal."""
CLAIM_EACH: Final = _INSERT.format(
    claims="""SELECT tenant_id, operation, key, decode(fingerprint, 'hex'), object_id, {at}
  FROM {rows} WHERE key IS NOT NULL"""
)
"""Ties keys to objects, as part of a larger statement; no row where a key is taken, also by another of these. Run it
``waiting_for_the_first``."""

_canonical_text: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode
_TABLE: Final = "idempotency_idempotencykey"
_VISIBLE_ASCII: Final = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKeyInvalid(ServiceError):
    """The header is not 1 to 255 visible ASCII characters, bare or quoted (400)."""

    code = "idempotency-key-invalid"
    title = "The Idempotency-Key is not valid"


class IdempotencyKeyRequired(ServiceError):
    """The service is set to refuse a create without a key (400)."""

    code = "idempotency-key-required"
    title = "An Idempotency-Key is required"


class IdempotencyKeyReused(ServiceError):
    """The key came before with another request (422)."""

    status = 422
    code = "idempotency-key-reused"
    title = "The Idempotency-Key was used for another request"

    def __init__(self, object_id: UUID) -> None:
        super().__init__("Use a new key for a new request, or repeat the first request unchanged.")
        self.object_id = object_id


class FirstRequestRunning(ServiceError):
    """The first request with this key has not finished (409); the same request may be sent again."""

    status = 409
    code = "idempotency-key-in-use"
    title = "The first request with this key is still running"
    retryable = True
    retry_after_seconds = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that a request came with, to be tied to the object that the request makes."""

    tenant_id: UUID
    operation: str
    key: str
    fingerprint: bytes
    object_id: UUID


def parse_key(header: str | None, *, required: bool) -> str | None:
    """The key of the header, quoted or bare being the same thing; None where it is absent and not required."""
    if header is None:
        if required:
            raise IdempotencyKeyRequired(
                "Send an Idempotency-Key header that is the same whenever you repeat this request."
            )
        return None
    key = header[1:-1] if len(header) > 1 and header[0] == header[-1] == '"' else header
    if not _VISIBLE_ASCII.fullmatch(key):
        raise IdempotencyKeyInvalid("Send 1 to 255 visible ASCII characters as Idempotency-Key, for example a UUID.")
    return key


def check_key(key: str | None) -> None:
    """Raises InvalidFields where the key looks like a card number."""
    # A key with letters, such as a UUID, is not looked at: one in some hundreds holds digits that look like a card's.
    if key is not None and not any(character.isalpha() for character in key) and contains_card_number(key):
        message = "Use another key, for example a UUID: this one may be a card number, and keys are kept for ever."
        raise InvalidFields(FieldError("Idempotency-Key", "card-number", message))


def fingerprint(request: dict[str, Any]) -> bytes:
    """A keyed hash of the canonical request: it holds personal data, which a bare hash would not hide."""
    return keyed_hash(settings.FINGERPRINT_KEY, _canonical_text(request))


def claim_key(
    *, tenant_id: UUID, operation: str, key: str, fingerprint: bytes, object_id: UUID, at: datetime
) -> UUID | None:
    """Tie the key to ``object_id`` in the caller's transaction; or return the object that it made before.

    While another transaction holds the same key this waits for PostgreSQL's ``lock_timeout`` (a second) and then
    raises FirstRequestRunning. Raises IdempotencyKeyReused where the key made an object from another request.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("claim_key needs the transaction that makes the object")
    claim = Claim(tenant_id, operation, key, fingerprint, object_id)
    with waiting_for_the_first(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {**asdict(claim), "at": at})
        if cursor.rowcount == 1:
            return None
    # A new statement of READ COMMITTED sees the winner, which the INSERT above waited for.
    return first_object(claim)


@contextmanager
def waiting_for_the_first() -> Iterator[None]:
    """Raises FirstRequestRunning where a statement inside waited in vain for another that claims the same key."""
    try:
        yield
    except OperationalError as error:
        cause = error.__cause__
        if isinstance(cause, postgres.LockNotAvailable) and _TABLE in (cause.diag.context or ""):
            raise FirstRequestRunning("Wait a second and send the same request with the same key again.") from error
        raise


def first_object(claim: Claim) -> UUID:
    """The object of a key that is claimed already; raises IdempotencyKeyReused where another request claimed it."""
    first = IdempotencyKey.objects.get(tenant_id=claim.tenant_id, operation=claim.operation, key=claim.key)
    if not hmac.compare_digest(bytes(first.fingerprint), claim.fingerprint):
        raise IdempotencyKeyReused(first.object_id)
    return first.object_id


def find_object(*, tenant_id: UUID, operation: str, key: str) -> UUID | None:
    """The object that this key made, also where it has been deleted since."""
    return (
        IdempotencyKey.objects.filter(tenant_id=tenant_id, operation=operation, key=key)
        .values_list("object_id", flat=True)
        .first()
    )
