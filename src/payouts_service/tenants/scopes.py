"""What a key may do."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """One permission of a key."""

    PAYOUTS_READ = "payouts:read"
    PAYOUTS_WRITE = "payouts:write"
    PAYOUTS_SETTLE = "payouts:settle"
    EVENTS_READ = "events:read"
    LEDGER_READ = "ledger:read"
    TOP_UPS_WRITE = "top-ups:write"
    RETURNS_WRITE = "returns:write"
    TENANT_OPERATE = "tenant:operate"
    CONNECTORS_READ = "connectors:read"
    CONNECTORS_OPERATE = "connectors:operate"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    RECIPIENTS_REVEAL = "recipients:reveal"


OF_THE_OPERATOR: Final = frozenset(
    {Scope.CONNECTORS_READ, Scope.CONNECTORS_OPERATE, Scope.TOP_UPS_WRITE, Scope.RETURNS_WRITE}
)
"""What concerns every tenant, or says that money arrived or came back: for keys of those who run the service, not for
a tenant's."""

BY_AN_OPERATOR_ONLY: Final = frozenset({Scope.RECIPIENTS_REVEAL})
"""What no tenant's first key has, and so no key that it makes: an operator gives it, `payouts keys create`, by name."""
