"""Erase whom finished payouts were paid to, once they are older than a set age; resumable.

What goes: the sealed details with their blind index, what was shown of them, which other payout went to the same
account, and the kept bodies of callbacks, which may repeat what the provider was told; of those that nobody understood
all that are as old. Money facts and idempotency keys stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from payouts_service.payouts import lifecycle, queries
from payouts_service.payouts.callbacks import NOT_UNDERSTOOD
from payouts_service.payouts.models import Callback, Payout, PayoutAttempt
from payouts_service.payouts.steps import step

_AT_ONCE: Final = 100  # So few that nobody waits for their locks.


def count(*, older_than: timedelta) -> int:
    """How many payouts there are to erase."""
    return _to_erase(queries.database_now() - older_than).count()


def erase(*, older_than: timedelta) -> Iterator[int]:
    """Erase them set by set, and tell after each set how many it held."""
    before = queries.database_now() - older_than
    after = UUID(int=0)
    while True:
        with step("erase", writes=True):
            locked = _to_erase(before).select_for_update(no_key=True, of=("self",))
            payouts = list(locked.filter(id__gt=after).order_by("id")[:_AT_ONCE])
            lifecycle.erase(payouts, at=queries.database_now())
            _empty_callbacks(payouts)
        if not payouts:
            break
        after = payouts[-1].id
        yield len(payouts)
    with step("erase", writes=True):
        Callback.objects.filter(reference=NOT_UNDERSTOOD, received_at__lt=before).update(body_sealed=b"")


def _to_erase(before: datetime) -> QuerySet[Payout]:
    return Payout.objects.filter(finished_at__lt=before).exclude(details_sealed=b"")


def _empty_callbacks(payouts: list[Payout]) -> None:
    theirs = PayoutAttempt.objects.filter(
        payout__in=payouts, connector=OuterRef("connector"), reference=OuterRef("reference")
    )
    Callback.objects.filter(Exists(theirs)).update(body_sealed=b"")
