"""What holds payouts back from outside themselves: a paused connector or tenant, an ill provider.

Read when a payout is shown and when it is claimed, so that no switch rewrites a backlog. Only a payout of a paused
tenant that a claim has met gets the stored blocker ``paused``, and loses it when the tenant is resumed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from payouts_service.database.prepared import fetch
from payouts_service.payouts.models import ConnectorState

PAUSED: Final = "paused"
PROVIDER: Final = "provider"
_PAUSED_TENANTS: Final = "SELECT id FROM tenants_tenant WHERE id = ANY (%(tenants)s::uuid[]) AND paused_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Holds:
    """The connectors that are paused or ill, by name, and whether the tenant is paused."""

    connectors: Mapping[str, ConnectorState] = field(default_factory=dict)
    tenant_pause: str | None = None
    """Why the tenant is paused; None: it is not."""

    def of(self, connector: str) -> list[str]:
        """What payouts of this connector wait for, beside their own blockers."""
        state = self.connectors.get(connector)
        paused = self.tenant_pause is not None or (state is not None and state.paused_at is not None)
        ill = state is not None and state.ill_until is not None
        return [*([PAUSED] if paused else []), *([PROVIDER] if ill else [])]

    def ill_until(self, connector: str) -> datetime | None:
        """When an ill provider is tried again; None where it is well."""
        state = self.connectors.get(connector)
        return state.ill_until if state else None

    def pause_reason(self, connector: str) -> str:
        """Why payouts of this connector are paused; empty where they are not."""
        state = self.connectors.get(connector)
        return self.tenant_pause or (state.pause_reason if state else "")


NO_HOLDS: Final = Holds()
HOLDS: Final = """
SELECT connector, paused_at, pause_reason, ill_until FROM payouts_connectorstate
 WHERE paused_at IS NOT NULL OR ill_until IS NOT NULL
 UNION ALL
SELECT NULL, paused_at, pause_reason, NULL FROM tenants_tenant
 WHERE id = {tenant} AND paused_at IS NOT NULL
"""
"""What holds back a tenant's payouts, for ``read``: connectors that are paused or ill, and the tenant's own pause."""
HOLDS_OF_ONE: Final = HOLDS.format(tenant="%(tenant_id)s::uuid")


def holds_for(tenant_id: UUID) -> Holds:
    """What holds back this tenant's payouts now."""
    return read(fetch(HOLDS_OF_ONE, {"tenant_id": tenant_id}))


def read(rows: Iterable[Sequence[Any]]) -> Holds:
    """The rows of ``HOLDS``, or of a larger query that they were joined to from the left: then all may be NULL."""
    connectors: dict[str, ConnectorState] = {}
    tenant_pause = None
    for connector, paused_at, reason, ill_until in rows:
        if connector is not None:
            connectors[connector] = ConnectorState(
                connector=connector, paused_at=paused_at, pause_reason=reason, ill_until=ill_until
            )
        elif paused_at is not None:
            tenant_pause = reason
    return Holds(connectors, tenant_pause)


def paused_tenants(tenant_ids: Collection[UUID]) -> set[UUID]:
    """Those of these tenants that are paused."""
    if not tenant_ids:
        return set()
    return {tenant_id for (tenant_id,) in fetch(_PAUSED_TENANTS, {"tenants": list(tenant_ids)})}
