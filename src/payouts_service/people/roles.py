"""What each role may do: a named set of the scopes that API keys have, in this one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from payouts_service.tenants.scopes import OF_THE_OPERATOR, Scope


class Role(StrEnum):
    """What a person is to a tenant."""

    OPERATOR = "operator"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"


PEOPLE_READ: Final = "people:read"
PEOPLE_WRITE: Final = "people:write"
RUNS_SERVICE: Final = "service:run"
"""Of persons only: no API key reads or changes who may sign in, and none runs the service."""

_SEES: Final = frozenset(
    {
        Scope.PAYOUTS_READ,
        Scope.EVENTS_READ,
        Scope.LEDGER_READ,
        Scope.CONNECTORS_READ,
        Scope.KEYS_READ,
    }
)
# Who makes a payout does not also vouch for what became of money: the two are kept apart.
SCOPES: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.AUDITOR: _SEES | {PEOPLE_READ},
        Role.OPERATOR: _SEES | {Scope.PAYOUTS_WRITE, Scope.TENANT_OPERATE, Scope.CONNECTORS_OPERATE},
        Role.APPROVER: _SEES
        | {Scope.PAYOUTS_SETTLE, Scope.RETURNS_WRITE, Scope.TOP_UPS_WRITE, Scope.RECIPIENTS_REVEAL},
        Role.ADMIN: frozenset(Scope) | {PEOPLE_READ, PEOPLE_WRITE},
    }
)


def scopes_of(role: Role, *, runs_service: bool) -> frozenset[str]:
    """What a person of this role may do; only of those who run the service, what concerns every tenant's money."""
    return SCOPES[role] | {RUNS_SERVICE} if runs_service else SCOPES[role] - _OF_THOSE_WHO_RUN_IT


_OF_THOSE_WHO_RUN_IT: Final = OF_THE_OPERATOR - {Scope.CONNECTORS_READ}
