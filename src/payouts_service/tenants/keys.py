"""The text of API keys: make one, and tell who comes with one.

A key is ``psk_`` + 16 hex digits by which it is found + ``_`` + 48 hex digits of secret (192 bits) + 8 hex digits of
CRC-32 over all before, so that a secret scanner can tell a real key from a look-alike without asking us.
"""

from __future__ import annotations

import hmac
import re
import secrets
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q
from django.db.utils import InternalError
from psycopg import errors as postgres

from payouts_service.http.principal import Principal
from payouts_service.kit import ids
from payouts_service.tenants.models import ApiKey, PreviousSecret
from payouts_service.tenants.scopes import Scope

_log = structlog.get_logger(__name__)
_SHAPE: Final = re.compile(r"psk_([0-9a-f]{16})_[0-9a-f]{48}([0-9a-f]{8})", re.ASCII)
_LAST_USED_PRECISION: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Secret:
    """A key's text, which is stored nowhere, and what is stored of it."""

    text: str
    lookup: str
    digest: bytes


def new_secret() -> Secret:
    """A text that no key has."""
    lookup = secrets.token_hex(8)
    unchecked = f"psk_{lookup}_{secrets.token_hex(24)}"
    text = unchecked + _checksum(unchecked)
    return Secret(text, lookup, _digest(text))


def public_part(lookup: str) -> str:
    """What may be shown of a key: enough to tell which one it is."""
    return f"psk_{lookup}"


def store_key(
    *,
    tenant_id: UUID,
    name: str,
    scopes: Iterable[Scope],
    at: datetime,
    expires_at: datetime | None = None,
    key_id: UUID | None = None,
) -> tuple[ApiKey, str]:
    """Store a new key, and return it with its text, which cannot be read again."""
    secret = new_secret()
    key = ApiKey.objects.create(
        id=key_id or ids.new_id(),
        tenant_id=tenant_id,
        name=name,
        lookup=secret.lookup,
        digest=secret.digest,
        scopes=sorted(map(str, scopes)),
        created_at=at,
        expires_at=expires_at,
    )
    return key, secret.text


def check_key(text: str, *, at: datetime) -> Principal | None:
    """Who this key is, or None where it is malformed, unknown, revoked or expired: the caller is not told which.

    PostgreSQL is asked each time, so that a revocation holds at once, in every process.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None or not hmac.compare_digest(_checksum(text[:-8]), shape[2]):
        return None
    key, digest = _find(shape[1], at=at)
    known = hmac.compare_digest(digest, _digest(text))
    if key is None or not known or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at):
        return None
    _note_use(key, at=at)
    return Principal(tenant_id=key.tenant_id, key_id=key.id, scopes=frozenset(key.scopes))


def _find(lookup: str, *, at: datetime) -> tuple[ApiKey | None, bytes]:
    key = ApiKey.objects.filter(lookup=lookup).first()
    if key is not None:
        return key, bytes(key.digest)
    previous = PreviousSecret.objects.filter(lookup=lookup, expires_at__gt=at).select_related("key").first()
    return (previous.key, bytes(previous.digest)) if previous else (None, b"")


def _note_use(key: ApiKey, *, at: datetime) -> None:
    """Once a minute. A PostgreSQL that only reads refuses no request for it."""
    if key.last_used_at is not None and key.last_used_at >= at - _LAST_USED_PRECISION:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=at - _LAST_USED_PRECISION)
    try:
        ApiKey.objects.filter(stale, id=key.id).update(last_used_at=at)
    except InternalError as error:
        if not isinstance(error.__cause__, postgres.ReadOnlySqlTransaction):
            raise
        _log.warning("use_of_key_not_noted", key_id=str(key.id))


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _digest(text: str) -> bytes:
    return hmac.digest(settings.API_KEY_PEPPER, text.encode(), "sha256")
