"""Returns: money of a completed payout that came back. The payout stays completed; history is not rewritten.

A person tells of one, or a provider's callback makes us ask the provider how much has come back in all; what is not
booked of that yet is booked. So a callback that comes twice, or tells what a person told before, books nothing twice;
and a person who tells the amount of what the provider told must say that it is another return.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from time import monotonic
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import QuerySet

from payouts_service.connectors import registry
from payouts_service.connectors.contract import Outcome, OutcomeKind
from payouts_service.http.conditional import check_version
from payouts_service.kit.errors import FieldError, InvalidFields, ServiceError
from payouts_service.kit.money import amount_text, in_units, minor_units
from payouts_service.ledger.accounts import has_moved
from payouts_service.ledger.chart import Move, MoveKind
from payouts_service.payouts import flow, lifecycle, queries, settlement
from payouts_service.payouts.clock import CLOCK
from payouts_service.payouts.engine import inquire
from payouts_service.payouts.funds import chart_of
from payouts_service.payouts.models import Callback, Payout, PayoutAttempt, Return, Status
from payouts_service.payouts.requests import CreateReturn
from payouts_service.payouts.services import lock
from payouts_service.payouts.steps import step
from payouts_service.payouts.wire import payout_id_text

_log = structlog.get_logger(__name__)
_BUDGET_SECONDS: Final = 1
"""Less than a call that hangs: such a provider holds up others' inquiries for one call, then they have their turn."""
_BY_PROVIDER: Final = ""
"""The reason of a return that the provider told of; a person has to give one."""


class NotReturnable(ServiceError):
    """Only money that has left can come back (409)."""

    status = 409
    code = "not-returnable"
    title = "The payout is not completed"


class ReturnExceedsPayment(ServiceError):
    """More would have come back than was paid (409)."""

    status = 409
    code = "return-exceeds-payment"
    title = "More than was paid cannot come back"


class ReturnExists(ServiceError):
    """A return with this provider_reference and another amount is booked already (409)."""

    status = 409
    code = "return-exists"
    title = "Another return has this provider_reference"


class ReturnToldByProvider(ServiceError):
    """A return of this amount is booked already by the provider's word (409)."""

    status = 409
    code = "return-told-by-provider"
    title = "The provider told of a return of this amount"


@dataclass(frozen=True, slots=True)
class Told:
    """The return that a person told of, its payout, and whether it was booked before."""

    booked: Return
    payout: Payout
    replayed: bool


def tell_return(*, tenant_id: UUID, payout_id: UUID, request: CreateReturn, expected: frozenset[str] | None) -> Told:
    """Book what a person saw come back, once for each ``provider_reference``; without an amount, all that is left.

    Raises PayoutNotFound, PreconditionFailed, InvalidFields, NotReturnable, ReturnExceedsPayment, ReturnExists or
    ReturnToldByProvider.
    """
    with step("book_return", writes=True):
        payout = lock(tenant_id=tenant_id, payout_id=payout_id)
        amount = _in_currency(request.amount, payout.currency)
        earlier = Return.objects.filter(payout=payout, provider_reference=request.provider_reference).first()
        if earlier is not None:
            if amount not in (None, earlier.amount):
                raise ReturnExists("Give each return the reference that the provider or the bank gave it.")
            return Told(earlier, payout, replayed=True)
        check_version(payout.version, expected)
        if payout.status != Status.COMPLETED:
            raise NotReturnable("Tell of a return once the payout is completed.")
        left = payout.amount - payout.returned_amount
        if not left or (amount is not None and amount > left):
            told = amount_text(left, payout.currency)
            raise ReturnExceedsPayment(f"At most {told} {payout.currency} can still come back.", extra={"left": told})
        if not request.is_another and payout.returns.filter(reason=_BY_PROVIDER, amount=amount or left).exists():
            raise ReturnToldByProvider("Send is_another as true if this is one more return, or else nothing.")
        at = queries.database_now()
        booked = _book(payout, amount or left, request.provider_reference, request.reason, at=at)
    return Told(booked, payout, replayed=False)


def is_due(connector: str) -> bool:
    """Whether the provider is to be asked about returns now."""
    return queries.is_any(_due(connector), "returns_due_at", "id")


def ask_due(connector: str) -> bool:
    """Ask the provider about the payments of which something is said to have come back, and book what has.

    One after another, each claimed when it is its turn: so each call has a whole lease before it. True where time ran
    out before the work did.
    """
    ends_at = monotonic() + _BUDGET_SECONDS
    while (attempt := _claim(connector)) is not None:
        try:
            erased = not attempt.payout.details_sealed  # Then no instruction names the payment to a connector.
            outcome = None if erased else inquire(registry.get(connector), attempt)
            with step("book_return", writes=True):
                _learn(attempt, outcome)
        except Exception:  # noqa: BLE001 - It spoils no other's, and is asked about again after the lease.
            _log.exception("return_not_learned", connector=connector, attempt_id=str(attempt.id))
        if monotonic() >= ends_at:
            return is_due(connector)
    return False


def _due(connector: str) -> QuerySet[PayoutAttempt]:
    due = PayoutAttempt.objects.filter(connector=connector, returns_due_at__lte=CLOCK, closed_at__isnull=False)
    return due.filter(payout__status=Status.COMPLETED)


def _claim(connector: str) -> PayoutAttempt | None:
    """Take one of them; until the lease is over nobody else asks."""
    if not is_due(connector):
        return None
    can = registry.get(connector).capabilities
    with step("claim_returns", writes=True, durable=True):
        state = flow.lock(connector)
        at = queries.database_now()
        room = flow.room(state, can, "inquire", wanted=1, others_wait=True, at=at)
        rows = _due(connector).select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("payout")
        attempt = rows.order_by("returns_due_at", "id").first() if room.calls else None
        if attempt is None:
            return None
        attempt.returns_due_at = attempt.lease_until = at + timedelta(seconds=settings.LEASE_SECONDS)
        attempt.leased_for = "inquire"
        attempt.save(update_fields=["returns_due_at", "lease_until", "leased_for"])
        flow.take(state, can, 1, at=at)
    return attempt


def _learn(asked: PayoutAttempt, outcome: Outcome | None) -> None:
    """Book what the provider says has come back and is not booked.

    A word that it takes back, or about an attempt that did not pay, is a discrepancy, and so is one about which it
    cannot be asked (None): a person must look.
    """
    payout = Payout.objects.select_for_update(no_key=True, of=("self",)).get(id=asked.payout_id)
    attempt = PayoutAttempt.objects.select_for_update(no_key=True).get(id=asked.id)
    if attempt.lease_until != asked.lease_until:  # The fence: others took it since, and what they heard is newer.
        _log.warning("return_came_too_late", attempt_id=str(attempt.id))
        return
    at = queries.database_now()
    answered = outcome is None or outcome.kind in (OutcomeKind.CONFIRMED, OutcomeKind.REJECTED)
    if attempt.returns_due_at == asked.returns_due_at:  # Else another callback has come while we asked.
        attempt.returns_due_at = None if answered else at + settlement.inquiry_pause(attempt.inquiries)
    attempt.inquiries += 1
    attempt.lease_until = None
    attempt.save(update_fields=["returns_due_at", "inquiries", "lease_until"])
    if not answered:
        return
    total = Decimal(0)
    if outcome is not None and not settlement.contradicts(attempt, outcome.kind):
        told = in_units(outcome.returned or total, payout.currency, rounding=ROUND_DOWN)  # A part of one is none yet.
        total = min(told, payout.amount)
    if total > payout.returned_amount:
        name = f"{_said_by(attempt)}/{amount_text(total, payout.currency)}"
        _book(payout, total - payout.returned_amount, name, _BY_PROVIDER, at=at)
    elif not total:
        _log.error("return_not_confirmed", payout_id=payout_id_text(payout.id), said_by=_said_by(attempt))
        lifecycle.change([payout], "payout.discrepancy_found", at=at)


def _said_by(attempt: PayoutAttempt) -> str:
    """The provider's name for its last news of a return; ours for the payment, where an answer of its told of it."""
    said = Callback.objects.filter(connector=attempt.connector, reference=attempt.reference, outcome="returned")
    news = said.order_by("received_at").last()
    return news.event_id if news else attempt.reference


def _book(payout: Payout, amount: Decimal, provider_reference: str, reason: str, *, at: datetime) -> Return:
    """Under the payout's lock."""
    booked = Return.objects.create(
        payout=payout, amount=amount, provider_reference=provider_reference, reason=reason, created_at=at
    )
    payout.returned_amount += amount
    lifecycle.change([payout], "payout.returned", at=at, money=_money_of(booked, payout))
    return booked


def _money_of(booked: Return, payout: Payout) -> list[Move]:
    """What the ledger moves: nothing where it never saw the payment leave, or it would give what it has not taken."""
    came_back = Move(MoveKind.RETURN, chart_of(payout), booked.amount, booked.id)
    if payout.held:  # A release without a ledger completed it, and the sweep has not posted it yet.
        payout.held = False
        return [Move(MoveKind.POST, chart_of(payout), payout.amount, payout.id), came_back]
    if has_moved(MoveKind.POST, tenant_id=payout.tenant_id, subject_id=payout.id):
        return [came_back]
    _log.warning("return_beside_the_ledger", payout_id=payout_id_text(payout.id))
    return []


def _in_currency(amount: Decimal | None, currency: str) -> Decimal | None:
    units = minor_units(currency)
    if amount is not None and amount != round(amount, units):
        message = f"Give the amount with at most {units} digits after the point: {currency} has no more."
        raise InvalidFields(FieldError("amount", "invalid-amount", message))
    return amount
