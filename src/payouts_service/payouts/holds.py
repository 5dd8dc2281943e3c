"""What holds payouts back from outside themselves: a paused connector or tenant, an ill provider.

Read when a payout is shown and when it is claimed, so that no switch rewrites a backlog. Only a payout of a paused
tenant that a claim has met gets the stored blocker ``paused``, and loses it when the tenant is resumed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from payouts_service.payouts.models import ConnectorState
from payouts_service.tenants.models import Tenant

PAUSED: Final = "paused"
PROVIDER: Final = "provider"


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


def holds_for(tenant_id: UUID) -> Holds:
    """What holds back this tenant's payouts now."""
    held = ConnectorState.objects.exclude(paused_at=None, ill_until=None)
    reasons = Tenant.objects.filter(id=tenant_id, paused_at__isnull=False).values_list("pause_reason", flat=True)
    return Holds({state.connector: state for state in held}, reasons.first())


def paused_tenants(tenant_ids: Collection[UUID]) -> set[UUID]:
    """Those of these tenants that are paused."""
    if not tenant_ids:
        return set()
    return set(Tenant.objects.filter(id__in=tenant_ids, paused_at__isnull=False).values_list("id", flat=True))
