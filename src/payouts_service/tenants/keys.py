"""Make and check API keys.

A key is ``psk_`` + 16 hex digits by which it is found + ``_`` + 48 hex digits of secret (192 bits) + 8 hex digits of
CRC-32 over all before, so that a secret scanner can tell a real key from a look-alike without asking us.
"""

from __future__ import annotations

import hmac
import re
import secrets
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from payouts_service.http.principal import Principal
from payouts_service.tenants.models import ApiKey, Tenant
from payouts_service.tenants.scopes import OF_THE_OPERATOR, Scope

_SHAPE: Final = re.compile(r"psk_([0-9a-f]{16})_[0-9a-f]{48}([0-9a-f]{8})", re.ASCII)
_LAST_USED_PRECISION: Final = timedelta(minutes=1)


class TenantExists(Exception):
    """Another tenant has this name."""


def create_tenant(*, name: str, at: datetime, or_another_key: bool = False, operates: bool = False) -> str:
    """Make a tenant and its first key, with every scope of a tenant; returns the key's text.

    ``operates``: the key also has the scopes that concern every tenant.

    Where the tenant exists, makes another such key for it if ``or_another_key``, else raises TenantExists.
    """
    with transaction.atomic():
        tenant, made = Tenant.objects.get_or_create(name=name, defaults={"created_at": at})
        if not made and not or_another_key:
            raise TenantExists(
                f"A tenant named {name} exists already; choose another name, or ask for another key of it."
            )
        scopes = set(Scope) if operates else set(Scope) - OF_THE_OPERATOR
        return create_key(tenant=tenant, name="first key", scopes=sorted(scopes), at=at)


def create_key(*, tenant: Tenant, name: str, scopes: Iterable[Scope], at: datetime) -> str:
    """Store a new key of this tenant and return its text, which cannot be read again."""
    lookup = secrets.token_hex(8)
    unchecked = f"psk_{lookup}_{secrets.token_hex(24)}"
    text = unchecked + _checksum(unchecked)
    ApiKey.objects.create(
        tenant=tenant,
        name=name,
        lookup=lookup,
        digest=_digest(text),
        scopes=[str(scope) for scope in scopes],
        created_at=at,
    )
    return text


def check_key(text: str, *, at: datetime) -> Principal | None:
    """Who this key is, or None where it is malformed, unknown, revoked or expired: the caller is not told which."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or not hmac.compare_digest(_checksum(text[:-8]), shape[2]):
        return None
    key = ApiKey.objects.filter(lookup=shape[1]).first()
    known = hmac.compare_digest(bytes(key.digest) if key else b"", _digest(text))
    if key is None or not known or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at):
        return None
    if key.last_used_at is None or key.last_used_at < at - _LAST_USED_PRECISION:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=at - _LAST_USED_PRECISION)
        ApiKey.objects.filter(stale, id=key.id).update(last_used_at=at)
    return Principal(tenant_id=key.tenant_id, key_id=key.id, scopes=frozenset(key.scopes))


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _digest(text: str) -> bytes:
    return hmac.digest(settings.API_KEY_PEPPER, text.encode(), "sha256")
