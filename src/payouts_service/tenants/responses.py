"""A key as the OpenAPI document describes it; ``wire.present`` makes it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from payouts_service.kit.ids import TEXT_PATTERN
from payouts_service.tenants.wire import PREFIX

ID_PATTERN: Final = f"^{PREFIX}_{TEXT_PATTERN}$"


class KeyPreviousSecret(BaseModel):
    """A secret that a rotation replaced and that is still valid."""

    prefix: str = Field(description="Its public part.")
    expires_at: datetime = Field(description="It is refused from then on.")


class KeyObject(BaseModel):
    """An API key, without its secret."""

    id: Annotated[str, Field(pattern=ID_PATTERN)] = Field(description="Given by the service; events name it as actor.")
    object: Literal["api_key"] = Field(description="What kind of object this is.")
    name: str = Field(description="For people.")
    prefix: str = Field(description="The public part of the secret, by which people and scanners recognise it.")
    scopes: list[str] = Field(description="What it may do.")
    status: Literal["active", "expired", "revoked"] = Field(description="Only an active key is let in.")
    previous_secrets: list[KeyPreviousSecret] = Field(description="Those that a rotation lets overlap.")
    version: Annotated[int, Field(ge=1)] = Field(description="Counts changes.")
    created_at: datetime = Field(description="In UTC.")
    expires_at: datetime | None = Field(description="It is refused from this time on; null: it does not expire.")
    revoked_at: datetime | None = Field(description="When it was ended by a person or a program.")
    last_used_at: datetime | None = Field(description="To the minute; null: never.")


class KeySecretObject(KeyObject):
    """An API key with its secret, which is shown this once."""

    secret: str | None = Field(
        description="Send it as `Authorization: Bearer <secret>`. Null where an earlier request with the same "
        "Idempotency-Key made this key: if its answer was lost, rotate the key."
    )


class KeyPage(BaseModel):
    """A page of keys, newest first."""

    data: list[KeyObject] = Field(description="The keys, revoked and expired ones among them.")
    has_more: bool = Field(description="Whether older ones follow.")
    next_cursor: str | None = Field(description="Send it as `cursor` to read on; null on the last page.")


KEY_EXAMPLE: Final[dict[str, Any]] = {
    "id": "key_01kb13tc1mfg4v3x2xv5pn2a4r",
    "object": "api_key",
    "name": "reports",
    "prefix": "psk_0123456789abcdef",
    "scopes": ["events:read", "payouts:read"],
    "status": "active",
    "previous_secrets": [],
    "version": 1,
    "created_at": "2026-11-23T10:00:00.000000Z",
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": None,
}
"""A key just made."""
