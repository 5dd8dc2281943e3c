"""The HTTP doors of keys: read the input, one call, present."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from payouts_service.http.pages import decode_cursor, page_document, single_values
from payouts_service.http.validation import validate
from payouts_service.http.views import ApiView, principal
from payouts_service.idempotency.keys import KEY_IN_META, parse_key
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.tenants import operations, queries, services
from payouts_service.tenants.models import ApiKey
from payouts_service.tenants.requests import CreateKey, ListKeys, RotateKey
from payouts_service.tenants.scopes import Scope
from payouts_service.tenants.wire import PREFIX, key_id_text, present


class KeyList(ApiView):
    """``/api/keys/``."""

    scopes: ClassVar = {"GET": Scope.KEYS_READ, "POST": Scope.KEYS_WRITE}

    @operations.LIST
    def get(self, request: Request) -> Response:
        """A page of the tenant's keys."""
        wanted = validate(ListKeys, single_values(request, repeatable=()))
        at = utc_now()
        found, following = queries.page(
            tenant_id=principal(request).tenant_id,
            after=decode_cursor(wanted.cursor) if wanted.cursor is not None else None,
            limit=wanted.limit,
            at=at,
        )
        return Response(page_document([present(key, at=at) for key in found], next_position=following))

    @operations.CREATE
    def post(self, request: Request) -> Response:
        """One key for each Idempotency-Key."""
        made = services.create_key(
            tenant_id=principal(request).tenant_id,
            request=self.body(request, CreateKey),
            maker=services.Maker.by_key(principal(request).key_id),
            idempotency_key=parse_key(request.META.get(KEY_IN_META), required=False),
            at=utc_now(),
        )
        response = _with_secret(made, status=201)
        response["Location"] = f"/api/keys/{key_id_text(made.key.id)}/"
        if made.secret is None:
            response["Idempotent-Replayed"] = "true"
        return response


class _KeyView(ApiView):
    """What the addresses below one key share."""

    key: ApiKey

    def locate(self, request: Request, **kwargs: Any) -> None:
        """Find the tenant's key, or raise KeyNotFound."""
        key_id: UUID | None = ids.from_text(PREFIX, kwargs["id"])
        tenant_id = principal(request).tenant_id
        found = queries.find(tenant_id=tenant_id, key_id=key_id, at=utc_now()) if key_id else None
        if found is None:
            raise queries.KeyNotFound
        self.key = found


class KeyDetail(_KeyView):
    """``/api/keys/{id}/``."""

    scopes: ClassVar = {"GET": Scope.KEYS_READ}

    @operations.READ
    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - the name in the address.
        """The key as it is now."""
        return Response(present(self.key, at=utc_now()))


class KeyRotate(_KeyView):
    """``/api/keys/{id}/rotate/``."""

    scopes: ClassVar = {"POST": Scope.KEYS_WRITE}

    @operations.ROTATE
    def post(self, request: Request, id: str) -> Response:  # noqa: A002 - the name in the address.
        """A new secret."""
        rotated = services.rotate_key(
            tenant_id=self.key.tenant_id,
            key_id=self.key.id,
            maker=services.Maker.by_key(principal(request).key_id),
            overlap=self.body(request, RotateKey).overlap,
            at=utc_now(),
        )
        return _with_secret(rotated, status=200)


class KeyRevoke(_KeyView):
    """``/api/keys/{id}/revoke/``."""

    scopes: ClassVar = {"POST": Scope.KEYS_WRITE}

    @operations.REVOKE
    def post(self, request: Request, id: str) -> Response:  # noqa: A002 - the name in the address.
        """The end of the key."""
        revoked = services.revoke_key(tenant_id=self.key.tenant_id, key_id=self.key.id, at=utc_now())
        return Response(present(revoked, at=utc_now()))


def _with_secret(made: services.KeyWithSecret, *, status: int) -> Response:
    return Response({**present(made.key, at=utc_now()), "secret": made.secret}, status=status)
