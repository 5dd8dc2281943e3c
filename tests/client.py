"""A client of the API inside the test's own process."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse
from django.test import Client as DjangoClient

import payouts_service.celery  # noqa: F401 - the app whose broker hints go to, as in the web process.
from payouts_service.kit.clock import utc_now
from payouts_service.tenants.keys import store_key
from payouts_service.tenants.models import Tenant
from payouts_service.tenants.scopes import Scope
from tests.application import application

PAYOUTS = "/api/payouts/"
IBAN_PAYOUT: dict[str, Any] = {
    "amount": "150.00",
    "currency": "EUR",
    "recipient_details": {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"},
}
PLAIN_PAYOUT: dict[str, Any] = {
    "amount": "100.00",
    "currency": "USD",
    "recipient_details": "Card ****1234",
    "comment": "Test payout",
}


class Client:
    """Sends requests with one API key; ``body`` is JSON, whatever can be written as such."""

    def __init__(self, key: str | None) -> None:
        self.key = key
        self._django = DjangoClient(raise_request_exception=False)
        self._django.handler = application()

    @classmethod
    def of_new_tenant(cls, name: str) -> Client:
        """A client of a tenant made now, whose key has every scope; the feed of its events is empty."""
        tenant = Tenant.objects.create(name=name, created_at=utc_now())
        return cls(store_key(tenant_id=tenant.id, name="first key", scopes=Scope, at=utc_now())[1])

    def with_scopes(self, scopes: Iterable[Scope]) -> Client:
        """Another key of the same tenant."""
        return Client(store_key(tenant_id=self.tenant_id, name="narrow", scopes=scopes, at=utc_now())[1])

    @property
    def tenant_id(self) -> UUID:
        """The tenant that the key belongs to."""
        assert self.key is not None
        return Tenant.objects.get(api_keys__lookup=self.key.split("_")[1]).id

    def send(self, method: str, path: str, body: object = None, *, raw: Any = None, **headers: str) -> HttpResponse:
        """One request; header names with underscores for dashes."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            given.setdefault("Authorization", f"Bearer {self.key}")
        content_type = given.pop("Content-Type", "application/json")
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        response = self._django.generic(method, path, data, content_type=content_type, headers=given, secure=False)
        return cast("HttpResponse", response)

    def get(self, path: str, **headers: str) -> HttpResponse:
        """GET."""
        return self.send("GET", path, raw=None, **headers)

    def post(self, path: str, body: object, **headers: str) -> HttpResponse:
        """POST."""
        return self.send("POST", path, body, raw=None, **headers)

    def patch(self, path: str, body: object, **headers: str) -> HttpResponse:
        """PATCH."""
        return self.send("PATCH", path, body, raw=None, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        """DELETE."""
        return self.send("DELETE", path, raw=None, **headers)

    def create(self, **changes: Any) -> dict[str, Any]:
        """A payout of Ada Lovelace's, changed as wanted; fails the test unless it is accepted."""
        response = self.post(PAYOUTS, {**IBAN_PAYOUT, **changes})
        assert response.status_code == 201, response.content
        return self.json(response)

    def read(self, payout_id: str) -> dict[str, Any]:
        """The payout as it is now."""
        return self.json(self.get(address(payout_id)))

    @staticmethod
    def json(response: HttpResponse) -> dict[str, Any]:
        """The answer's document."""
        document: dict[str, Any] = json.loads(response.content)
        return document


def address(payout_id: str) -> str:
    """Where the payout is."""
    return f"{PAYOUTS}{payout_id}/"
