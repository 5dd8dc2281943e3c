"""Who did it, by name, for those who read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from payouts_service.people import queries as people
from payouts_service.tenants import queries as keys


def named(tenant_id: UUID, actors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The names of these actors (as events have them) by their ids: persons and keys of the tenant."""
    by_type: dict[str, set[str]] = {}
    for actor in actors:
        by_type.setdefault(actor["type"], set()).add(actor["id"] or "")
    return {
        **people.names(tenant_id=tenant_id, person_ids=by_type.get("person", ())),
        **keys.names(tenant_id=tenant_id, key_ids=by_type.get("api_key", ())),
    }
