"""Who calls."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated caller: one key of one tenant, and what it may do."""

    tenant_id: UUID
    key_id: UUID
    scopes: frozenset[str]

    @property
    def is_authenticated(self) -> bool:
        """Django REST Framework asks its user for this."""
        return True
