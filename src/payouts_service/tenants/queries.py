"""The questions about keys, within one tenant but for those that an operator asks by name or id. No writes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from payouts_service.http.pages import Position
from payouts_service.http.problems import NotFound
from payouts_service.kit import ids
from payouts_service.tenants.models import ApiKey, PreviousSecret, Tenant
from payouts_service.tenants.wire import PREFIX, key_id_text

_NAMED: Final = 10


class KeyNotFound(NotFound):
    """The tenant has no such key (404)."""

    def __init__(self) -> None:
        super().__init__("There is no such key; check the id.")


def tenant_named(name: str) -> Tenant:
    """The tenant of this name, for those who operate; raises NotFound, which names some that there are."""
    found = Tenant.objects.filter(name=name).first()
    if found is None:
        names = list(Tenant.objects.order_by("name").values_list("name", flat=True)[: _NAMED + 1])
        if not names:
            raise NotFound("There is no tenant yet; make one with `payouts bootstrap`.")
        more = " …" if len(names) > _NAMED else "."
        raise NotFound(f"There is no tenant of this name; use one of {', '.join(names[:_NAMED])}{more}")
    return found


def find_any(text: str) -> ApiKey:
    """The key with this id on the wire, whoever's it is, for those who operate; raises KeyNotFound."""
    key_id = ids.from_text(PREFIX, text)
    found = ApiKey.objects.filter(id=key_id).first() if key_id else None
    if found is None:
        raise KeyNotFound
    return found


def of_tenant(tenant_id: UUID) -> QuerySet[ApiKey]:
    """All keys of one tenant: the start of every other question."""
    return ApiKey.objects.filter(tenant_id=tenant_id)


def find(*, tenant_id: UUID, key_id: UUID, at: datetime) -> ApiKey | None:
    """One key of the tenant, with its earlier secrets that hold at this time."""
    return _with_previous(of_tenant(tenant_id), at=at).filter(id=key_id).first()


def names(*, tenant_id: UUID, key_ids: Iterable[str]) -> dict[str, str]:
    """The names of those of these keys (ids on the wire) that are the tenant's."""
    known = [found for text in key_ids if (found := ids.from_text(PREFIX, text)) is not None]
    return {key_id_text(key.id): key.name for key in of_tenant(tenant_id).filter(id__in=known)}


def page(*, tenant_id: UUID, after: Position | None, limit: int, at: datetime) -> tuple[list[ApiKey], Position | None]:
    """At most ``limit`` keys after the position, newest first, and the position of the next page if there is one."""
    rows = _with_previous(of_tenant(tenant_id), at=at)
    if after is not None:
        older = Q(created_at__lt=after.created_at) | Q(created_at=after.created_at, id__lt=after.id)
        rows = rows.filter(older, created_at__lte=after.created_at)
    found = list(rows.order_by("-created_at", "-id")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return found, Position(found[-1].created_at, found[-1].id) if more else None


def _with_previous(rows: QuerySet[ApiKey], *, at: datetime) -> QuerySet[ApiKey]:
    return rows.prefetch_related(
        Prefetch("previous_secrets", PreviousSecret.objects.filter(expires_at__gt=at).order_by("expires_at"))
    )
