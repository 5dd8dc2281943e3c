"""The verbs of money: a top-up, a policy, an adjustment, which has no address: operators give it at a terminal.

Each owns its transaction; what waits for funds is released after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.utils import IntegrityError

from payouts_service.accounts.requests import CreateAdjustment, CreateTopUp
from payouts_service.accounts.wire import TOP_UP, present_account, present_adjustment, present_top_up
from payouts_service.connectors import registry
from payouts_service.events.log import Fact, append
from payouts_service.http.problems import NotFound
from payouts_service.idempotency.external_ids import is_taken
from payouts_service.idempotency.keys import IdempotencyKeyReused, check_key, claim_key, fingerprint
from payouts_service.kit import ids
from payouts_service.kit.errors import ServiceError
from payouts_service.ledger import accounts, adjustments, top_ups
from payouts_service.ledger.accounts import AccountState
from payouts_service.ledger.adjustments import Adjusted
from payouts_service.ledger.chart import Chart
from payouts_service.ledger.top_ups import ToppedUp
from payouts_service.payouts import flow, funds
from payouts_service.payouts.queries import database_now
from payouts_service.payouts.steps import step

_OPERATION: Final = "top_ups.create"


class AccountNotFound(NotFound):
    """The tenant has no such account (404)."""

    def __init__(self) -> None:
        super().__init__("There is no such account; check the id.")


class TopUpNotFound(NotFound):
    """The tenant has no such top-up (404)."""

    def __init__(self) -> None:
        super().__init__("There is no such top-up; check the id.")


class TopUpExists(ServiceError):
    """Another top-up of the tenant carries this external_id (409)."""

    status = 409
    code = "top-up-exists"
    title = "Another top-up has this external_id"


class AdjustmentExists(ServiceError):
    """Another adjustment of the tenant carries this external_id (409)."""

    status = 409
    code = "adjustment-exists"
    title = "Another adjustment has this external_id"


class LedgerBehind(ServiceError):
    """Payouts are paid from the account that its balance does not count yet (409)."""

    status = 409
    code = "ledger-behind"
    title = "The balance does not count every payout yet"


@dataclass(frozen=True, slots=True)
class Created:
    """The top-up of a create, and whether an earlier request with the same key made it."""

    top_up: ToppedUp
    replayed: bool


def create_top_up(*, tenant_id: UUID, request: CreateTopUp, idempotency_key: str | None) -> Created:
    """Credit money that arrived, once for each key and each external_id.

    Raises InvalidFields, IdempotencyKeyReused, FirstRequestRunning or TopUpExists.
    """
    check_key(idempotency_key)
    top_up_id = ids.new_id()
    try:
        with step("top_up", writes=True):
            at = database_now()
            if idempotency_key is not None:
                earlier = claim_key(
                    tenant_id=tenant_id,
                    operation=_OPERATION,
                    key=idempotency_key,
                    fingerprint=fingerprint(request.model_dump(exclude_defaults=True)),
                    object_id=top_up_id,
                    at=at,
                )
                if earlier is not None:
                    return Created(find_top_up(tenant_id=tenant_id, top_up_id=earlier), replayed=True)
            top_up = ToppedUp(id=top_up_id, tenant_id=tenant_id, created_at=at, **dict(request))
            fact = Fact("top_up.created", tenant_id, "top_up", top_up_id, 1, present_top_up(top_up))
            append([fact], at=at)
            top_ups.add(top_up)
    except IdempotencyKeyReused as error:
        error.extra["top_up_id"] = ids.to_text(TOP_UP, error.object_id)
        raise
    except IntegrityError as error:
        raise _external_id_taken(tenant_id, request, error) from error
    return Created(top_up, replayed=False)


def set_policy(chart: Chart, *, credit_limit: Decimal | None, fails_without_funds: bool) -> AccountState:
    """Let ``available`` fall as far below zero as ``credit_limit``; 0: it is prefunded; None: without a limit.

    Raises LedgerBehind, where a limit on a balance that lacks payouts could refuse what is paid already, or
    accounts.BalanceBelowLimit.
    """
    with step("set_policy", writes=True):
        for name in sorted(registry.names_that_submit()):
            flow.lock(name)  # Once all are held, no claim is under way that saw no limit.
        if credit_limit is not None and funds.is_behind(chart):
            raise LedgerBehind("The sweep is still entering payouts of an earlier release; try again in a minute.")
        least = None if credit_limit is None else -credit_limit
        account, changed = accounts.set_policy(chart, least_balance=least, fails_without_funds=fails_without_funds)
        if changed:
            told = present_account(account)
            fact = Fact("account.policy_changed", chart.tenant_id, "account", account.id, account.version, told)
            append([fact], at=database_now())
    return account


def adjust(*, tenant_id: UUID, request: CreateAdjustment) -> Adjusted:
    """Take money that is not the tenant's, once for each external_id; the event tells who did and why.

    Raises AdjustmentExists or BalanceBelowLimit.
    """
    try:
        with step("adjust", writes=True):
            adjusted = Adjusted(id=ids.new_id(), tenant_id=tenant_id, created_at=database_now(), **dict(request))
            data = present_adjustment(adjusted)
            append([Fact("account.adjusted", tenant_id, "adjustment", adjusted.id, 1, data)], at=adjusted.created_at)
            adjustments.add(adjusted)
    except IntegrityError as error:
        if is_taken(error, constraint="adjustment_external_id_once"):
            raise AdjustmentExists("It is booked already: an external_id is adjusted for once.") from error
        raise
    return adjusted


def find_account(*, tenant_id: UUID, account_id: UUID | None) -> AccountState:
    """One account of the tenant; raises AccountNotFound."""
    found = accounts.find(tenant_id=tenant_id, account_id=account_id) if account_id else None
    if found is None:
        raise AccountNotFound
    return found


def find_top_up(*, tenant_id: UUID, top_up_id: UUID | None) -> ToppedUp:
    """One top-up of the tenant; raises TopUpNotFound."""
    found = top_ups.find(tenant_id=tenant_id, top_up_id=top_up_id) if top_up_id else None
    if found is None:
        raise TopUpNotFound
    return found


def _external_id_taken(tenant_id: UUID, request: CreateTopUp, error: IntegrityError) -> Exception:
    if request.external_id is None or not is_taken(error, constraint="top_up_external_id_once"):
        return error
    first = top_ups.find_by_external_id(tenant_id=tenant_id, external_id=request.external_id)
    named = {"top_up_id": ids.to_text(TOP_UP, first.id)} if first else {}
    return TopUpExists("Read the top-up that carries it, or send another external_id.", extra=named)
