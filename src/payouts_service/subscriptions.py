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
    "account.adjusted": (),
    "payout.details_revealed": (),
    "tenant.paused": (),
    "tenant.resumed": (),
    "tenant.limits_changed": (),
    "key.created": (),
    "key.rotated": (),
    "key.revoked": (),
    "member.added": (),
    "member.role_changed": (),
    "member.deactivated": (),
    "member.reactivated": (),
    "member.password_changed": (),
}

MEANINGS: Final[Mapping[str, str]] = {
    "payout.created": "A request to pay was accepted.",
    "payout.updated": "Its comment or metadata changed.",
    "payout.blocked": "It waits: its tenant is paused, a limit is reached, or funds are lacking.",
    "payout.released": "It waits for that no longer.",
    "payout.claimed": "It is being paid: a worker, or a person, has taken it.",
    "payout.progressed": "More is known of it: the provider has accepted it, or nobody knows what became of it.",
    "payout.retried": "The provider refused it for now, and it is sent again by a new attempt.",
    "payout.parked": "No worker survived it; a person decides.",
    "payout.discrepancy_found": "A provider contradicts what it, or a person, said before; a person must look.",
    "payout.completed": "It is paid.",
    "payout.failed": "It is not paid and will not be; `failure` says why and through whom.",
    "payout.returned": "Money of a completed payout came back; its status stays.",
    "payout.deleted": "It was removed before anything was sent.",
    "payout.erased": "Whom it was paid to was erased.",
    "top_up.created": "Money arrived.",
    "account.policy_changed": "How far an account may be used changed.",
    "account.adjusted": "An operator took money that is not the tenant's.",
    "payout.details_revealed": "Somebody read the recipient's details in clear.",
    "tenant.paused": "A person keeps the tenant's payouts from being sent.",
    "tenant.resumed": "They are sent again.",
    "tenant.limits_changed": "Other limits were agreed with the tenant.",
    "key.created": "An API key was made.",
    "key.rotated": "It has a new secret.",
    "key.revoked": "It was ended for good.",
    "member.added": "A person may sign in to the console, with a role in the tenant.",
    "member.role_changed": "The person has another role.",
    "member.deactivated": "The person has no access to the tenant any more.",
    "member.reactivated": "The person has access again.",
    "member.password_changed": "The person has another password; their sessions ended.",
}
"""What each type says, for those who read the feed; ``docs/reference/events.md`` is made of it."""
