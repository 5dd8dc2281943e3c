"""The text of API keys: make one, and tell who comes with one.

A key is ``psk_`` + 16 hex digits by which it is found + ``_`` + 48 hex digits of secret (192 bits) + 8 hex digits of
CRC-32 over all before, so that a secret scanner can tell a real key from a look-alike without asking us.
"""

from __future__ import annotations

import hmac
import re
import secrets
import zlib
from collections.abc import Iterable, Mapping
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
from payouts_service.kit.keyed_hash import keyed_hash
from payouts_service.rate_limits.callers import by_key
from payouts_service.rate_limits.counting import Policy, Quota, count, find_and_count
from payouts_service.tenants.models import ApiKey
from payouts_service.tenants.scopes import Scope

_log = structlog.get_logger(__name__)
_SHAPE: Final = re.compile(r"psk_([0-9a-f]{16})_[0-9a-f]{48}([0-9a-f]{8})", re.ASCII)
_LAST_USED_PRECISION: Final = timedelta(minutes=1)
# A digest is compared here and not in constant time: whoever lacks the pepper cannot choose it.
_FIND: Final = """
SELECT replace(k.id::text, '-', '') AS caller, k.id, k.tenant_id, k.scopes, k.last_used_at
  FROM tenants_apikey AS k
 WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %(at)s) AND (
       lookup = %(lookup)s AND digest = %(digest)s
       OR id = (SELECT key_id FROM tenants_previoussecret AS p
                 WHERE p.lookup = %(lookup)s AND p.digest = %(digest)s AND p.expires_at > %(at)s))
"""


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


def check_key(text: str, callers: Mapping[Policy, str], *, at: datetime) -> tuple[Principal | None, list[Quota]]:
    """Who this key is, or None where it is malformed, unknown, revoked or expired: the caller is not told which.

    Counts the request by ``callers``, and by the key where it is one, and says what is left to them. A text that cannot
    be a key is not looked up. PostgreSQL is asked each time, so a revoked key ends at once. Raises TooManyRequests.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None or not hmac.compare_digest(_checksum(text[:-8]), shape[2]):
        count(callers)
        return None, []
    values = {"lookup": shape[1], "digest": _digest(text)}
    found, quotas = find_and_count(_FIND, values, by_key(), callers, at=at)
    if found is None:
        return None, quotas
    _, key_id, tenant_id, scopes, last_used_at = found
    if last_used_at is None or last_used_at < at - _LAST_USED_PRECISION:
        _note_use(key_id, at=at)
    return Principal(tenant_id=tenant_id, key_id=key_id, scopes=frozenset(scopes)), quotas


def _note_use(key_id: UUID, *, at: datetime) -> None:
    """Once a minute. A PostgreSQL that only reads refuses no request for it."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=at - _LAST_USED_PRECISION)
    try:
        ApiKey.objects.filter(stale, id=key_id).update(last_used_at=at)
    except InternalError as error:
        if not isinstance(error.__cause__, postgres.ReadOnlySqlTransaction):
            raise
        _log.warning("use_of_key_not_noted", key_id=str(key_id))


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _digest(text: str) -> bytes:
    return keyed_hash(settings.API_KEY_PEPPER, text)
