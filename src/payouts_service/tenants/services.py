"""The verbs about tenants and their keys. Each owns its transaction, and leaves an event.

A key hands on no more than it may do itself: neither by making a key, nor by rotating one, which gives its secret away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from payouts_service.events.log import Fact, append
from payouts_service.idempotency.keys import IdempotencyKeyReused, check_key, claim_key, fingerprint
from payouts_service.kit import ids
from payouts_service.kit.errors import FieldError, InvalidFields, ServiceError
from payouts_service.tenants import queries
from payouts_service.tenants.keys import new_secret, store_key
from payouts_service.tenants.models import ApiKey, PreviousSecret, Tenant
from payouts_service.tenants.queries import KeyNotFound
from payouts_service.tenants.requests import CreateKey
from payouts_service.tenants.scopes import BY_AN_OPERATOR_ONLY, OF_THE_OPERATOR, Scope
from payouts_service.tenants.wire import key_id_text, present, status

CREATE_OPERATION: Final = "keys.create"


class TenantExists(Exception):
    """Another tenant has this name."""


class KeyEnded(ServiceError):
    """The key is revoked or expired (409); neither can be undone."""

    status = 409
    code = "key-ended"
    title = "The API key is revoked or expired"


class ExceedsOwnKey(ServiceError):
    """The other key may do more, or for longer, than the one that asks (403)."""

    status = 403
    code = "exceeds-own-key"
    title = "A key hands on no more than it may do itself"


@dataclass(frozen=True, slots=True)
class Maker:
    """Who asks for a key: what they may do themselves, and until when, None: without an end."""

    scopes: frozenset[str]
    expires_at: datetime | None = None

    @classmethod
    def by_key(cls, key_id: UUID) -> Maker:
        """Whoever holds this key."""
        key = ApiKey.objects.get(id=key_id)
        return cls(frozenset(key.scopes), key.expires_at)


@dataclass(frozen=True, slots=True)
class KeyWithSecret:
    """A key, and its secret; None where it was made before, by a request with the same Idempotency-Key."""

    key: ApiKey
    secret: str | None


def create_tenant(*, name: str, at: datetime, or_another_key: bool = False, operates: bool = False) -> str:
    """Make a tenant and its first key, with every scope that needs no word of an operator's; returns the key's text.

    ``operates``: the key also has the scopes that concern every tenant.

    Where the tenant exists, makes another such key for it if ``or_another_key``, else raises TenantExists.
    """
    with transaction.atomic():
        tenant, made = Tenant.objects.get_or_create(name=name, defaults={"created_at": at})
        if not made and not or_another_key:
            raise TenantExists(
                f"A tenant named {name} exists already; choose another name, or ask for another key of it."
            )
        scopes = set(Scope) - BY_AN_OPERATOR_ONLY - (frozenset() if operates else OF_THE_OPERATOR)
        key, text = store_key(tenant_id=tenant.id, name="first key", scopes=scopes, at=at)
        _record("key.created", key, at=at)
        return text


def create_key(
    *, tenant_id: UUID, request: CreateKey, maker: Maker | None, idempotency_key: str | None, at: datetime
) -> KeyWithSecret:
    """Make a key, once for each Idempotency-Key; ``maker`` asks for it, None: an operator at the terminal.

    Raises InvalidFields, ExceedsOwnKey, IdempotencyKeyReused or FirstRequestRunning.
    """
    check_key(idempotency_key)
    key_id = ids.new_id()
    try:
        with transaction.atomic():
            if idempotency_key is not None:
                earlier = claim_key(
                    tenant_id=tenant_id,
                    operation=CREATE_OPERATION,
                    key=idempotency_key,
                    fingerprint=fingerprint(request.model_dump(exclude_defaults=True)),
                    object_id=key_id,
                    at=at,
                )
                if earlier is not None:
                    return KeyWithSecret(queries.of_tenant(tenant_id).get(id=earlier), None)
            if request.expires_at is not None and request.expires_at <= at:
                raise InvalidFields(FieldError("expires_at", "in-the-past", "Choose a time that is still to come."))
            _check_may_hand_on(maker, set(request.scopes), request.expires_at)
            key, text = store_key(
                tenant_id=tenant_id,
                name=request.name,
                scopes=request.scopes,
                at=at,
                expires_at=request.expires_at,
                key_id=key_id,
            )
            _record("key.created", key, at=at)
    except IdempotencyKeyReused as error:
        error.extra["key_id"] = key_id_text(error.object_id)
        raise
    return KeyWithSecret(key, text)


def rotate_key(
    *, tenant_id: UUID, key_id: UUID, maker: Maker | None, overlap: timedelta, at: datetime
) -> KeyWithSecret:
    """Give the key a new secret; those until now end after ``overlap``, or earlier where that was said before.

    So a rotation whose answer was lost is simply asked for again. Raises KeyNotFound, KeyEnded or ExceedsOwnKey.
    """
    with transaction.atomic():
        key = _lock(tenant_id, key_id)
        if status(key, at=at) != "active":
            raise KeyEnded("Make a new key instead.")
        _check_may_hand_on(maker, set(key.scopes), key.expires_at)
        PreviousSecret.objects.filter(key=key, expires_at__lte=at).delete()
        PreviousSecret.objects.filter(key=key, expires_at__gt=at + overlap).update(expires_at=at + overlap)
        if overlap:
            PreviousSecret.objects.create(lookup=key.lookup, digest=key.digest, key=key, expires_at=at + overlap)
        secret = new_secret()
        key.lookup, key.digest = secret.lookup, secret.digest
        _change(key, "lookup", "digest", event="key.rotated", at=at)
    return KeyWithSecret(key, secret.text)


def revoke_key(*, tenant_id: UUID, key_id: UUID, at: datetime) -> ApiKey:
    """End the key with all its secrets, for good, at once; a key already revoked stays as it is. Raises KeyNotFound."""
    with transaction.atomic():
        key = _lock(tenant_id, key_id)
        if key.revoked_at is None:
            key.revoked_at = at
            _change(key, "revoked_at", event="key.revoked", at=at)
    return key


def _lock(tenant_id: UUID, key_id: UUID) -> ApiKey:
    key = queries.of_tenant(tenant_id).select_for_update(no_key=True).filter(id=key_id).first()
    if key is None:
        raise KeyNotFound
    return key


def _check_may_hand_on(maker: Maker | None, scopes: set[Scope] | set[str], expires_at: datetime | None) -> None:
    if maker is None:
        return
    beyond = sorted(map(str, scopes - maker.scopes))
    if beyond:
        raise ExceedsOwnKey(f"Use a key that has these scopes itself: {', '.join(beyond)}.", extra={"scopes": beyond})
    if maker.expires_at is not None and (expires_at is None or expires_at > maker.expires_at):
        raise ExceedsOwnKey("Use a key that expires no earlier itself.", extra={"scopes": []})


def _change(key: ApiKey, *fields: str, event: str, at: datetime) -> None:
    key.version += 1
    key.save(update_fields=[*fields, "version"])
    _record(event, key, at=at)


def _record(event: str, key: ApiKey, *, at: datetime) -> None:
    append([Fact(event, key.tenant_id, "api_key", key.id, key.version, present(key, at=at))], at=at)
