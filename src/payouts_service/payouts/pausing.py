"""Pause and resume: a connector for every tenant, or one tenant with every connector.

A pause keeps payouts from being submitted. What was submitted before is still asked after: money under way must be
known. Each verb changes nothing where it is so already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from payouts_service.connectors import registry
from payouts_service.connectors.contract import Capabilities
from payouts_service.events.actor import current_actor
from payouts_service.events.log import Fact, append
from payouts_service.hints.publisher import publish
from payouts_service.http.problems import NotFound
from payouts_service.kit import ids
from payouts_service.kit.clock import wire_time
from payouts_service.payouts import flow, queries, release
from payouts_service.payouts.models import ConnectorState
from payouts_service.payouts.steps import step
from payouts_service.payouts.tasks import PAY, PAY_QUEUE
from payouts_service.tenants.models import Tenant

_log = structlog.get_logger(__name__)


class ConnectorNotFound(NotFound):
    """No connector of this name may be used (404)."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"There is no such connector; use one of {', '.join(names)}.")


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """One connector with its limits, its switch and its health; ``in_flight``: calls under way now, by kind."""

    name: str
    can: Capabilities
    state: ConnectorState
    in_flight: Mapping[str, int]


def connector_states() -> list[ConnectorView]:
    """Every connector that may be used, in the order of the settings."""
    kept = ConnectorState.objects.in_bulk(registry.all_names())
    at = queries.database_now()
    return [
        ConnectorView(name, can, kept.get(name) or ConnectorState(connector=name), flow.in_flight_of(name, can, at=at))
        for name, can in ((name, registry.get(name).capabilities) for name in registry.all_names())
    ]


def connector_state(name: str) -> ConnectorView:
    """One of them; raises ConnectorNotFound."""
    found = [view for view in connector_states() if view.name == name]
    if not found:
        raise ConnectorNotFound(registry.all_names())
    return found[0]


def pause_connector(name: str, *, reason: str) -> None:
    """Submit nothing more through this connector, for no tenant. Raises ConnectorNotFound."""
    _switch_connector(name, pause=True, reason=reason)


def resume_connector(name: str) -> None:
    """Submit again, the oldest payouts first. Raises ConnectorNotFound."""
    _switch_connector(name, pause=False, reason="")
    if registry.get(name).capabilities.submits:
        publish(PAY, {"connector": name}, PAY_QUEUE)


def pause_tenant(tenant_id: UUID, *, reason: str) -> Tenant:
    """Submit nothing more of this tenant's."""
    return _switch_tenant(tenant_id, pause=True, reason=reason)


def resume_tenant(tenant_id: UUID) -> Tenant:
    """Submit again; of the payouts that were marked as paused a first set is released, the sweep releases the rest."""
    resumed = _switch_tenant(tenant_id, pause=False, reason="")
    release.release_some(tenant_id)
    return resumed


def present_tenant(tenant: Tenant) -> dict[str, Any]:
    """The tenant on the wire."""
    return {
        "id": ids.to_text("te", tenant.id),
        "object": "tenant",
        "name": tenant.name,
        "paused": tenant.paused_at
        and {"at": wire_time(tenant.paused_at), "by": tenant.paused_by, "reason": tenant.pause_reason},
        "version": tenant.version,
    }


def tenant(tenant_id: UUID) -> Tenant:
    """The tenant of a key."""
    return Tenant.objects.get(id=tenant_id)


def _switch_connector(name: str, *, pause: bool, reason: str) -> None:
    if name not in registry.all_names():
        raise ConnectorNotFound(registry.all_names())
    with step("pause", writes=True):
        state = flow.lock(name)
        if pause == (state.paused_at is not None):
            return
        state.paused_at = queries.database_now() if pause else None
        state.paused_by, state.pause_reason = (_actor(), reason) if pause else ("", "")
        state.save(update_fields=["paused_at", "paused_by", "pause_reason"])
    # It is of no tenant, so no tenant's feed tells of it; the row and this line do.
    _log.warning("connector_paused" if pause else "connector_resumed", connector=name, by=_actor(), reason=reason)


def _switch_tenant(tenant_id: UUID, *, pause: bool, reason: str) -> Tenant:
    with step("pause", writes=True):
        if pause:  # Whoever claims holds one of these: once all are held, no claim is under way that saw no pause.
            for name in sorted(registry.names_that_submit()):
                flow.lock(name)
        tenant = Tenant.objects.select_for_update(no_key=True).get(id=tenant_id)
        if pause == (tenant.paused_at is not None):
            return tenant
        at = queries.database_now()
        tenant.paused_at = at if pause else None
        tenant.paused_by, tenant.pause_reason = (_actor(), reason) if pause else (None, None)
        tenant.version += 1
        tenant.save(update_fields=["paused_at", "paused_by", "pause_reason", "version"])
        event = "tenant.paused" if pause else "tenant.resumed"
        append([Fact(event, tenant.id, "tenant", tenant.id, tenant.version, present_tenant(tenant))], at=at)
    return tenant


def _actor() -> str:
    actor = current_actor()
    return f"{actor.type} {actor.id}".strip()
