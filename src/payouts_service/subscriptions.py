"""Which event starts what, after its transaction has committed. Every type of event is here; the feed knows these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from payouts_service.events.log import Subscriber
from payouts_service.payouts import funds, metrics, tasks

SUBSCRIPTIONS: Final[Mapping[str, Sequence[Subscriber]]] = {
    "payout.created": (tasks.hint_created, metrics.count_created),
    "payout.updated": (),
    "payout.blocked": (),
    "payout.released": (tasks.hint_ready,),
    "payout.claimed": (),
    "payout.progressed": (),
    "payout.retried": (),
    "payout.parked": (metrics.count_parked,),
    "payout.discrepancy_found": (metrics.count_discrepancies,),
    "payout.completed": (metrics.count_finished,),
    "payout.failed": (metrics.count_finished, funds.release_after),
    "payout.returned": (funds.release_after,),
    "payout.deleted": (),
    "payout.erased": (),
    "top_up.created": (funds.release_after,),
    "account.policy_changed": (funds.release_after,),
    "payout.details_revealed": (),
    "tenant.paused": (),
    "tenant.resumed": (),
    "tenant.limits_changed": (),
    "key.created": (),
    "key.rotated": (),
    "key.revoked": (),
}
