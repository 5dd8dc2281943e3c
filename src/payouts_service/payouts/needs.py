"""What of a tenant's payouts needs a person now, to be counted and to be listed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db.models import Q

from payouts_service.payouts import queries
from payouts_service.payouts.attempts import MANUAL
from payouts_service.payouts.models import Progress, Status

COUNTED_AT_MOST: Final = 1000


class Need(StrEnum):
    """Why a person should look."""

    PARKED = "parked"
    UNKNOWN = "unknown"
    BY_HAND = "by_hand"
    WITHOUT_FUNDS = "without_funds"


_UNKNOWN: Final = Q(status=Status.PROCESSING, progress=Progress.UNKNOWN, finished_at=None)
# Each names the columns of one partial index of unfinished payouts, so that it reads live work alone.
WHERE: Final[Mapping[Need, Q]] = MappingProxyType(
    {
        Need.PARKED: _UNKNOWN
        & Q(open_attempt__isnull=False, open_attempt__next_inquiry_at=None, open_attempt__lease_until=None),
        Need.UNKNOWN: _UNKNOWN,
        Need.BY_HAND: Q(status=Status.CREATED, connector=MANUAL, blockers=[]),
        Need.WITHOUT_FUNDS: Q(status=Status.CREATED, blockers__contains=["funds"]),
    }
)


def numbers(tenant_id: UUID) -> dict[Need, int]:
    """How many payouts need a person, by why; ``COUNTED_AT_MOST`` + 1 stands for more than that."""
    rows = queries.of_tenant(tenant_id).order_by()
    return {need: rows.filter(where)[: COUNTED_AT_MOST + 1].count() for need, where in WHERE.items()}
