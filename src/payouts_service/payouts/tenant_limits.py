"""The limits agreed with one tenant, in place of the settings' own: who sets them, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from payouts_service.connectors import registry
from payouts_service.events.log import Fact, append
from payouts_service.kit.limits import Rule
from payouts_service.payouts import flow, queries, release
from payouts_service.payouts.limits import rules_of
from payouts_service.payouts.models import TenantLimit
from payouts_service.payouts.pausing import present_tenant
from payouts_service.payouts.steps import step
from payouts_service.tenants.models import Tenant


def set_limits(tenant_id: UUID, limits: Mapping[Rule, Decimal | None]) -> int:
    """Agree on these limits, None being no limit, and let those go on that fit into them now; how many those are.

    Limits that are not named stay as they are.
    """
    with step("set_limits", writes=True):
        for name in sorted(registry.names_that_submit()):
            flow.lock(name)  # Once all are held, no claim is under way that saw other limits.
        tenant = Tenant.objects.select_for_update(no_key=True).get(id=tenant_id)
        TenantLimit.objects.bulk_create(
            [TenantLimit(tenant=tenant, rule=rule.name, value=value) for rule, value in limits.items()],
            update_conflicts=True,
            unique_fields=["tenant", "rule"],
            update_fields=["value"],
        )
        tenant.version += 1
        tenant.save(update_fields=["version"])
        data = {**present_tenant(tenant), "limits": shown(tenant_id)}
        fact = Fact("tenant.limits_changed", tenant.id, "tenant", tenant.id, tenant.version, data)
        append([fact], at=queries.database_now())
    return release.release_limited(tenant_id=tenant_id, now=True)


def shown(tenant_id: UUID) -> dict[str, str]:
    """The limits that the tenant's payouts are under, by name."""
    rules = rules_of([tenant_id])[tenant_id]
    return {rule.name: f"{value.normalize():f}" for rule, value in sorted(rules.items(), key=lambda item: item[0].name)}
