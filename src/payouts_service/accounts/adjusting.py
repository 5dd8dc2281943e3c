"""The verb of adjustments, in its own transaction. It has no address: an operator gives it at a terminal."""

from __future__ import annotations

from uuid import UUID

from django.db.utils import IntegrityError

from payouts_service.accounts.requests import CreateAdjustment
from payouts_service.accounts.wire import present_adjustment
from payouts_service.events.log import Fact, append
from payouts_service.idempotency.external_ids import is_taken
from payouts_service.kit import ids
from payouts_service.kit.errors import ServiceError
from payouts_service.ledger import adjustments
from payouts_service.ledger.adjustments import Adjusted
from payouts_service.payouts.queries import database_now
from payouts_service.payouts.steps import step


class AdjustmentExists(ServiceError):
    """Another adjustment of the tenant carries this external_id (409)."""

    status = 409
    code = "adjustment-exists"
    title = "Another adjustment has this external_id"


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
