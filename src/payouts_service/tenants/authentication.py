"""``Authorization: Bearer <key>`` (RFC 6750)."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from payouts_service.events.actor import Actor, set_actor
from payouts_service.http.principal import Principal
from payouts_service.http.problems import Unauthenticated
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.observability import context
from payouts_service.rate_limits.callers import by_address
from payouts_service.rate_limits.counting import headers
from payouts_service.tenants.keys import check_key


class ApiKeyAuthentication(BaseAuthentication):
    """Finds the key's tenant; binds the caller for events and logs."""

    def authenticate(self, request: Request) -> tuple[Principal, None]:
        """Raises TooManyRequests; Unauthenticated where there is no key, or one that is not valid now."""
        scheme, _, key = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        text = key.strip() if scheme.lower() == "bearer" else ""
        principal, quotas = check_key(text, by_address(request.META), at=utc_now())
        if principal is None:
            raise Unauthenticated("Send a valid API key as `Authorization: Bearer <key>`.")
        key_id = ids.to_text("key", principal.key_id)
        set_actor(Actor("api_key", key_id))
        context.bind(tenant_id=ids.to_text("te", principal.tenant_id), key_id=key_id)
        request.quota_headers = headers(quotas)  # type: ignore[attr-defined]  # Read by ApiView.
        return principal, None

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return "Bearer"
