"""The menu: every place of the console, in order, for those whose role lets them see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from payouts_service.people.roles import PEOPLE_READ
from payouts_service.people.sessions import Access
from payouts_service.tenants.scopes import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the menu: where it leads, what it is called (a text in English), its icon, and the scope it needs."""

    address: str
    name: str
    icon: str
    scope: str


PLACES: Final = (
    Place("/", "Overview", "home", Scope.PAYOUTS_READ),
    Place("/payouts/", "Payouts", "list", Scope.PAYOUTS_READ),
    Place("/accounts/", "Accounts", "coin", Scope.LEDGER_READ),
    Place("/connectors/", "Connectors", "plug-connected", Scope.CONNECTORS_READ),
    Place("/events/", "Audit trail", "history", Scope.EVENTS_READ),
    Place("/integrity/", "Integrity", "shield-check", Scope.CONNECTORS_READ),
    Place("/keys/", "API keys", "key", Scope.KEYS_READ),
    Place("/people/", "Users", "users", PEOPLE_READ),
)


def menu(path: str, caller: Access) -> Sequence[tuple[Place, bool]]:
    """The places that this person may see, each with whether the path is within it."""
    return [(place, _is_within(path, place)) for place in PLACES if place.scope in caller.scopes]


def _is_within(path: str, place: Place) -> bool:
    return path == place.address if place.address == "/" else path.startswith(place.address)
