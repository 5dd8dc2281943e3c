"""A year's payouts, finished, and beside them live work of every kind: how the tables look when they have grown."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.ledger.models import TopUp
from payouts_service.payouts.models import Callback, Decision, Payout, PayoutAttempt, Return
from payouts_service.recipients.blind_index import blind_index
from payouts_service.tenants.keys import store_key
from payouts_service.tenants.models import Tenant
from payouts_service.tenants.scopes import Scope
from tests.client import IBAN_PAYOUT, Client

FINISHED: Final = 5000
LIVE: Final = 400
"""Payouts of each kind that are not finished: more than a claim may read."""
TENANTS: Final = 60
OTHERS: Final = 2000
"""Callbacks, decisions, returns and top-ups."""


@dataclass(frozen=True)
class History:
    """The tenant that all is of, a finished payout in the middle of it, and the reference of an open attempt."""

    client: Client
    tenant: Tenant
    deep: Payout
    reference: str


def add_live_work(tenant: Tenant) -> History:
    """To the finished payouts of the tenant."""
    finished = Payout.objects.filter(tenant=tenant, status="completed")
    deep = finished.order_by("created_at")[FINISHED // 2]
    at = utc_now()
    ago, later = at - timedelta(hours=2), at + timedelta(days=1)
    opened: list[PayoutAttempt] = []
    for connector in ("instant", "simulator"):
        _created(deep, connector, ready_at=later, scheduled_for=later)
        for blocker in ("paused", "funds", "limit"):
            _created(deep, connector, blockers=[blocker])
        _processing(deep, connector, progress="retrying", next_attempt_at=ago)
        _processing(deep, connector, progress="retrying", next_attempt_at=later)
        for attempt in (
            {"next_inquiry_at": ago},
            {"next_inquiry_at": ago, "sends_again": connector == "simulator"},  # Only who can be asked lacks one.
            {"next_inquiry_at": ago, "claims": 5},
            {"next_inquiry_at": later},
        ):
            opened = _open_attempts(_processing(deep, connector, progress="unknown"), **attempt)
    for connector in ("instant", "manual"):
        _created(deep, connector)
    _processing(deep, "instant", progress="retrying", next_attempt_at=later, held=False)
    _others(tenant, list(finished.order_by("id")[:OTHERS]), at=at)
    client = Client(store_key(tenant_id=tenant.id, name="first key", scopes=Scope, at=at)[1])
    return History(client, tenant, deep, opened[0].reference)


def add_tenants() -> None:
    """Beside the one that all payouts are of."""
    at = utc_now()
    Tenant.objects.bulk_create(Tenant(name=f"other {number}", created_at=at) for number in range(TENANTS))


def _created(pattern: Payout, connector: str, **changes: Any) -> list[Payout]:
    """Payouts in ``created``, that were made like the pattern."""
    begun_at = utc_now() - timedelta(hours=3)
    account = blind_index(IBAN_PAYOUT["recipient_details"], tenant_id=pattern.tenant_id)
    made = []
    for number in range(LIVE):
        at = begun_at + timedelta(milliseconds=number)
        payout = copy.copy(pattern)
        begun = {"status": "created", "attempts": 0, "version": 1, "finished_at": None, "claimed_on": None}
        times = {"created_at": at, "updated_at": at, "ready_at": at}
        own = {"id": ids.new_id(), "external_id": None, "connector": connector, "recipient_index": account}
        for name, value in {**begun, **times, **own, **changes}.items():
            setattr(payout, name, value)
        made.append(payout)
    return Payout.objects.bulk_create(made)


def _processing(pattern: Payout, connector: str, **changes: Any) -> list[Payout]:
    """As above, in ``processing``."""
    payouts = _created(pattern, connector)
    changes = {"status": "processing", "attempts": 1, "held": True, **changes}
    Payout.objects.filter(id__in=[payout.id for payout in payouts]).update(**changes)
    return payouts


def _open_attempts(payouts: Sequence[Payout], **changes: Any) -> list[PayoutAttempt]:
    for payout in payouts:
        payout.open_attempt_id = ids.new_id()
    attempts = PayoutAttempt.objects.bulk_create(
        PayoutAttempt(
            id=payout.open_attempt_id,
            payout=payout,
            number=1,
            connector=payout.connector,
            reference=str(payout.open_attempt_id and payout.open_attempt_id.hex),
            outcome="unknown",
            opened_at=payout.created_at,
            **changes,
        )
        for payout in payouts
    )
    Payout.objects.bulk_update(payouts, ["open_attempt"])
    return attempts


def _others(tenant: Tenant, finished: Sequence[Payout], *, at: datetime) -> None:
    """What comes from outside: callbacks, decisions, returns, top-ups."""
    attempts = list(PayoutAttempt.objects.filter(payout__in=finished))
    due = {"connector": "simulator", "returns_due_at": at - timedelta(hours=2)}
    PayoutAttempt.objects.filter(id__in=[attempt.id for attempt in attempts[:LIVE]]).update(**due)
    Callback.objects.bulk_create(
        Callback(
            connector="simulator",
            event_id=attempt.reference,
            reference=attempt.reference,
            outcome="confirmed",
            body_sealed=b"",
            received_at=attempt.opened_at,
        )
        for attempt in attempts
    )
    Decision.objects.bulk_create(
        Decision(attempt=attempt, outcome="confirmed", actor_type="api_key", decided_at=at) for attempt in attempts
    )
    Return.objects.bulk_create(
        Return(payout=payout, amount=1, provider_reference="R-1", created_at=payout.updated_at) for payout in finished
    )
    TopUp.objects.bulk_create(
        TopUp(tenant=tenant, currency="EUR", amount=1, external_id=f"top-up-{number}", created_at=at)
        for number in range(OTHERS)
    )
