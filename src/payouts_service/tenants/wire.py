"""A key as clients and events see it: never its secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from payouts_service.kit import ids
from payouts_service.kit.clock import wire_time
from payouts_service.tenants.keys import public_part
from payouts_service.tenants.models import ApiKey

PREFIX: Final = "key"


def key_id_text(key_id: UUID) -> str:
    """The id on the wire."""
    return ids.to_text(PREFIX, key_id)


def status(key: ApiKey, *, at: datetime) -> str:
    """``active``, ``expired`` or ``revoked`` at this time."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= at else "active"


def present(key: ApiKey, *, at: datetime) -> dict[str, Any]:
    """The object on the wire, as it is at this time."""
    return {
        "id": key_id_text(key.id),
        "object": "api_key",
        "name": key.name,
        "prefix": public_part(key.lookup),
        "scopes": key.scopes,
        "status": status(key, at=at),
        "previous_secrets": [
            {"prefix": public_part(secret.lookup), "expires_at": wire_time(secret.expires_at)}
            for secret in key.previous_secrets.all()
            if secret.expires_at > at
        ],
        "version": key.version,
        "created_at": wire_time(key.created_at),
        "expires_at": _time(key.expires_at),
        "revoked_at": _time(key.revoked_at),
        "last_used_at": _time(key.last_used_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else wire_time(moment)
