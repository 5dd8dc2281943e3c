"""Every door that asks for a key: what opens it, and whose object stands behind it. An endpoint without a row fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from django.http import HttpResponse
from django.urls import URLPattern
from rest_framework.views import APIView

from payouts_service.kit.clock import utc_now
from payouts_service.tenants.keys import store_key
from payouts_service.tenants.scopes import Scope
from payouts_service.tenants.wire import key_id_text
from payouts_service.urls import urlpatterns
from tests.client import IBAN_PAYOUT, Client, address

WITHOUT_A_KEY: Final = {
    "api/callbacks/<str:connector>/": "a provider's, whose signature the connector verifies",
    "api/schema/": "the document, the same for everybody",
    "api/docs/swagger/": "the document, for people",
    "api/docs/redoc/": "the document, for people",
    "problems/<str:code>/": "what a refusal means",
    "health/live": "for the supervisor, inside",
    "health/ready": "for the load balancer, inside",
    "metrics": "for Prometheus, inside",
}
OF_EVERY_TENANT: Final = {
    "api/connectors/": "connectors serve all tenants; their scopes are of the operator's keys only"
}
_NOBODYS: Final = "01j00000000000000000000000"
ABSENT: Final = {
    "po": f"po_{_NOBODYS}",
    "paid": f"po_{_NOBODYS}",
    "key": f"key_{_NOBODYS}",
    "ac": f"ac_{_NOBODYS}",
    "tu": f"tu_{_NOBODYS}",
}
READ, WRITE = Scope.PAYOUTS_READ, Scope.PAYOUTS_WRITE
PAYOUT, KEY = "api/payouts/<str:id>/", "api/keys/<str:id>/"
ACCOUNT, TOP_UP = "api/accounts/<str:id>/", "api/top-ups/<str:id>/"
RETURNS: Final = f"{PAYOUT}returns/"
CONNECTOR: Final = "api/connectors/<str:name>/"
RECIPIENT: Final = {"kind": "iban", "iban": "DE89370400440532013000"}
TOP_UP_BODY: Final = {"amount": "5.00", "currency": "EUR"}


@dataclass(frozen=True)
class Door:
    """One way to call one address."""

    method: str
    route: str
    needed: frozenset[Scope]
    body: Any = None
    query: str = ""

    @property
    def kind(self) -> str | None:
        """What the objects behind it are, if they are one tenant's: by the prefix of their ids, but for ``paid``."""
        kinds = {RETURNS: "paid", PAYOUT: "po", KEY: "key", ACCOUNT: "ac", TOP_UP: "tu"}
        return next((kind for start, kind in kinds.items() if self.route.startswith(start)), None)

    def send(self, client: Client, ids: dict[str, str], **headers: str) -> HttpResponse:
        """Call it about the object of its kind."""
        path = self.route.replace("<str:name>", "simulator").replace("<str:id>", ids.get(self.kind or "", ""))
        return client.send(self.method, f"/{path}{self.query}", self.body, **headers)

    def __str__(self) -> str:
        """As in a log."""
        return f"{self.method} /{self.route}{self.query}"


def _door(method: str, route: str, *needed: Scope, body: Any = None, query: str = "") -> Door:
    return Door(method, route, frozenset(needed), body, query)


_ROWS: Final = [
    _door("GET", "api/payouts/", READ),
    _door("POST", "api/payouts/", WRITE, body=IBAN_PAYOUT),
    _door("GET", PAYOUT, READ),
    _door("GET", PAYOUT, READ, Scope.RECIPIENTS_REVEAL, query="?reveal=recipient_details"),
    _door("PATCH", PAYOUT, WRITE, body={"comment": "Mine"}),
    _door("PATCH", PAYOUT, WRITE, Scope.PAYOUTS_SETTLE, body={"status": "processing"}),
    _door("DELETE", PAYOUT, WRITE),
    _door("GET", f"{PAYOUT}attempts/", READ),
    _door("GET", f"{PAYOUT}explain/", READ),
    _door("POST", f"{PAYOUT}cancel/", WRITE, body={"reason": "Mine"}),
    _door("POST", RETURNS, Scope.RETURNS_WRITE, body={"provider_reference": "R-1", "reason": "Mine"}),
    _door("POST", "api/payouts/search/", READ, body={"recipient_account": RECIPIENT}),
    _door("GET", "api/accounts/", Scope.LEDGER_READ),
    _door("GET", ACCOUNT, Scope.LEDGER_READ),
    _door("GET", f"{ACCOUNT}entries/", Scope.LEDGER_READ),
    _door("GET", f"{ACCOUNT}entries/", Scope.LEDGER_READ, query="?format=csv"),
    _door("POST", "api/top-ups/", Scope.TOP_UPS_WRITE, body=TOP_UP_BODY),
    _door("GET", TOP_UP, Scope.LEDGER_READ),
    _door("GET", "api/events/", Scope.EVENTS_READ),
    _door("GET", "api/connectors/", Scope.CONNECTORS_READ),
    _door("POST", f"{CONNECTOR}pause/", Scope.CONNECTORS_OPERATE, body={"reason": "x"}),
    _door("POST", f"{CONNECTOR}resume/", Scope.CONNECTORS_OPERATE),
    _door("GET", "api/keys/", Scope.KEYS_READ),
    _door("POST", "api/keys/", Scope.KEYS_WRITE, body={"name": "x", "scopes": ["keys:write"]}),
    _door("GET", KEY, Scope.KEYS_READ),
    _door("POST", f"{KEY}rotate/", Scope.KEYS_WRITE, body={}),
    _door("POST", f"{KEY}revoke/", Scope.KEYS_WRITE),
    _door("GET", "api/tenant/", READ),
    _door("POST", "api/tenant/pause/", Scope.TENANT_OPERATE, body={"reason": "x"}),
    _door("POST", "api/tenant/resume/", Scope.TENANT_OPERATE),
]
DOORS: Final = [*_ROWS, *(replace(row, method="HEAD") for row in _ROWS if row.method == "GET")]


def addresses() -> Iterator[tuple[str, str]]:
    """Each method and route that the URL configuration has and that asks for a key."""
    for pattern in urlpatterns:
        if not isinstance(pattern, URLPattern):
            continue  # The console's, which ask for a person: tests/console/test_what_each_role_may_do.py.
        route = str(pattern.pattern)
        if route not in WITHOUT_A_KEY:
            view = pattern.callback.cls  # type: ignore[attr-defined]  # Django REST Framework puts its class there.
            assert issubclass(view, APIView)
            methods = {method.upper() for method in view.http_method_names if hasattr(view, method)}
            for method in methods | ({"HEAD"} if "GET" in methods else set()):
                yield method, route


def objects_of(client: Client) -> dict[str, str]:
    """One object of each kind that is this tenant's, by the prefix of its id."""
    key, _ = store_key(tenant_id=client.tenant_id, name="mine", scopes=(), at=utc_now())
    paid = client.create(connector="manual")["id"]
    for status in ("processing", "completed"):
        client.patch(address(paid), {"status": status})
    return {
        "po": client.create(connector="manual")["id"],
        "paid": paid,
        "key": key_id_text(key.id),
        "ac": client.json(client.get("/api/accounts/"))["data"][0]["id"],
        "tu": client.json(client.post("/api/top-ups/", TOP_UP_BODY))["id"],
    }


def shown(client: Client, ids: dict[str, str]) -> list[dict[str, Any]]:
    """Those objects as their tenant sees them."""
    return [
        client.read(ids["po"]),
        client.read(ids["paid"]),
        client.json(client.get(f"/api/keys/{ids['key']}/")),
        client.json(client.get(f"/api/accounts/{ids['ac']}/")),
    ]
