"""Let payouts go on whose blocker has passed, set by set; the sweep finishes what a crash left behind."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from time import monotonic
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef

from payouts_service.hints.stopping import stopping
from payouts_service.payouts import funds, holds, lifecycle, queries
from payouts_service.payouts.clock import CLOCK
from payouts_service.payouts.limits import LIMIT, Book
from payouts_service.payouts.models import Payout, Status
from payouts_service.payouts.steps import step
from payouts_service.tenants.models import Tenant

_AT_ONCE: Final = 500


def release_resumed(*, budget_seconds: float) -> None:
    """Release payouts that are marked as paused and whose tenant is not; what time does not allow is for the next."""
    ends_at = monotonic() + budget_seconds
    marked = Payout.objects.filter(tenant=OuterRef("id"), status=Status.CREATED, blockers__contains=[holds.PAUSED])
    for tenant_id in Tenant.objects.filter(Exists(marked), paused_at=None).values_list("id", flat=True):
        while release_some(tenant_id):
            if monotonic() >= ends_at or stopping():
                return


def release_some(tenant_id: UUID) -> bool:
    """Take the mark of the pause from a set of this tenant's payouts, the oldest; True where there may be more.

    Each gets its hint after the commit.
    """
    with step("release", writes=True):
        # Locked, so that nobody pauses the tenant again in between.
        if not Tenant.objects.select_for_update(no_key=True).filter(id=tenant_id, paused_at=None).exists():
            return False
        marked = queries.of_tenant(tenant_id).filter(status=Status.CREATED, blockers__contains=[holds.PAUSED])
        rows = marked.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("ready_at", "id")
        payouts = list(rows[:_AT_ONCE])
        for payout in payouts:
            payout.blockers = [blocker for blocker in payout.blockers if blocker != holds.PAUSED]
        lifecycle.change(payouts, "payout.released", at=queries.database_now())
    return len(payouts) == _AT_ONCE


def release_limited(*, tenant_id: UUID | None = None, now: bool = False, budget_seconds: float = inf) -> int:
    """Let those go whose window has opened again, in their order, as many as it holds; how many.

    The others wait for the next window: so no claim meets them in vain. ``now``: whatever their window, because limits
    were raised.
    """
    ends_at = monotonic() + budget_seconds
    marked = Payout.objects.filter(status=Status.CREATED, blockers__contains=[LIMIT])
    marked = marked if tenant_id is None else marked.filter(tenant_id=tenant_id)
    # Each is judged once: what must wait again is written anew, and its window opens later.
    marked = marked.filter(updated_at__lt=queries.database_now()) if now else marked.filter(ready_at__lte=CLOCK)
    released = 0
    while True:
        with step("release", writes=True):
            rows = marked.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("ready_at", "id")
            payouts = list(rows[:_AT_ONCE])
            released += _release_fitting(payouts)
        if len(payouts) < _AT_ONCE or monotonic() >= ends_at or stopping():
            return released


def _release_fitting(payouts: Sequence[Payout]) -> int:
    at = queries.database_now()
    book = Book(payouts, at=at)
    book.enter_ready(connectors=funds.connectors_at_work())
    fitting = []
    for payout in payouts:
        if book.admits(payout):
            book.enter(payout)
            payout.blockers = [blocker for blocker in payout.blockers if blocker != LIMIT]
            payout.ready_at = payout.scheduled_for or payout.created_at
            fitting.append(payout)
    book.hold_back(at=at)
    lifecycle.change(fitting, "payout.released", at=at)
    return len(fitting)
