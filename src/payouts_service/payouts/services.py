"""The verbs that people and clients have for a payout. Each owns its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.utils import IntegrityError

from payouts_service.connectors import registry
from payouts_service.database.prepared import row_of
from payouts_service.http.conditional import check_version
from payouts_service.http.problems import NotFound
from payouts_service.http.validation import validate
from payouts_service.idempotency.external_ids import is_taken
from payouts_service.idempotency.keys import (
    Claim,
    IdempotencyKeyReused,
    check_key,
    find_object,
    fingerprint,
    first_object,
)
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import FieldError, InvalidFields, ServiceError
from payouts_service.payouts import attempts, failures, lifecycle, limits, queries, settlement
from payouts_service.payouts.attempts import MANUAL, SEALED_COLUMN
from payouts_service.payouts.holds import Holds, holds_for
from payouts_service.payouts.models import Payout, Status
from payouts_service.payouts.requests import ONCE_ACCEPTED, CreatePayout, UpdatePayout
from payouts_service.payouts.steps import step
from payouts_service.payouts.wire import payout_id_text, waiting_for
from payouts_service.recipients.blind_index import blind_index
from payouts_service.recipients.masking import mask
from payouts_service.recipients.sealing import seal


class PayoutNotFound(NotFound):
    """The tenant has no such payout (404)."""

    def __init__(self) -> None:
        super().__init__("There is no such payout; check the id.")


class ExternalIdTaken(ServiceError):
    """Another payout of the tenant carries this external_id (409)."""

    status = 409
    code = "external-id-taken"
    title = "Another payout has this external_id"


class PayoutDeleted(ServiceError):
    """The payout that this key made has been deleted; the key makes no second one (410)."""

    status = 410
    code = "payout-deleted"
    title = "The payout of this Idempotency-Key has been deleted"


class InvalidTransition(ServiceError):
    """The state machine has no such move from where the payout is (409)."""

    status = 409
    code = "invalid-transition"
    title = "The payout cannot make this move now"


class AttemptInFlight(ServiceError):
    """A connector is paying, or the decision lacks its grounds (409)."""

    status = 409
    code = "attempt-in-flight"
    title = "The payout's attempt cannot be settled by hand now"


@dataclass(frozen=True, slots=True)
class Created:
    """The payout of a create, what holds it back, and whether an earlier request with the same key made it."""

    payout: Payout
    holds: Holds
    replayed: bool


def create_payout(*, tenant_id: UUID, request: CreatePayout, idempotency_key: str | None) -> Created:
    """Accept a payout request, once for each key and each external_id.

    Raises InvalidFields, IdempotencyKeyReused, FirstRequestRunning, ExternalIdTaken or PayoutDeleted; a refused
    request leaves no trace.
    """
    check_key(idempotency_key)
    connector = request.connector or settings.DEFAULT_CONNECTOR
    _check_connector(connector, request)
    payout = _new_payout(ids.new_id(), tenant_id, connector, request, at=utc_now())
    claim = _claim(tenant_id, idempotency_key, request, payout.id) if idempotency_key is not None else None
    window = settings.DUPLICATE_WINDOW_SECONDS or None
    try:
        with step("create"):
            holds = lifecycle.create(payout, claim, duplicate_window_seconds=window)
    except IntegrityError as error:
        raise _external_id_taken(tenant_id, request, error) from error
    if holds is None:
        return _made_before(cast("Claim", claim))
    return Created(payout, holds, replayed=False)


def find_repeated(*, tenant_id: UUID, values: Mapping[str, object], idempotency_key: str | None) -> Created | None:
    """The payout that an earlier request with this key made; None where none did, or this one would never have.

    For a request that is refused today: the currencies and connectors of the service may have been narrowed since.
    Raises IdempotencyKeyReused or PayoutDeleted.
    """
    if idempotency_key is None:
        return None
    if find_object(tenant_id=tenant_id, operation=queries.CREATE_OPERATION, key=idempotency_key) is None:
        return None
    try:
        request = validate(CreatePayout, values, context=ONCE_ACCEPTED)
    except InvalidFields:
        return None
    return _made_before(_claim(tenant_id, idempotency_key, request, ids.new_id()))


def update_payout(
    *, tenant_id: UUID, payout_id: UUID, request: UpdatePayout, expected: frozenset[str] | None
) -> Payout:
    """Apply a PATCH whole or not at all; the same status again changes nothing.

    Raises PayoutNotFound, PreconditionFailed, InvalidFields, InvalidTransition or AttemptInFlight.
    """
    _check_combination(request)
    with step("update", writes=True):
        payout = lock(tenant_id=tenant_id, payout_id=payout_id)
        check_version(payout.version, expected)
        at = queries.database_now()
        edited = _edit(payout, request)
        if request.status is not None and request.status != payout.status:
            _move_by_hand(payout, request, at=at)
        elif edited:
            lifecycle.change([payout], "payout.updated", at=at)
    return payout


def cancel_payout(*, tenant_id: UUID, payout_id: UUID, reason: str, expected: frozenset[str] | None) -> Payout:
    """Give up a payout of which nothing was sent; a payout already canceled stays as it is.

    Raises PayoutNotFound, PreconditionFailed or InvalidTransition.
    """
    with step("cancel", writes=True):
        payout = lock(tenant_id=tenant_id, payout_id=payout_id)
        check_version(payout.version, expected)
        if payout.failure_code == failures.OwnCode.CANCELED:
            return payout
        if payout.status != Status.CREATED:
            raise _no_such_move(payout, Status.FAILED, "Only a payout in created can be canceled.")
        failures.canceled(reason).put_on(payout)
        lifecycle.move([payout], "cancel", at=queries.database_now())
    return payout


def delete_payout(*, tenant_id: UUID, payout_id: UUID, expected: frozenset[str] | None) -> None:
    """Remove a payout of which nothing was sent; its events stay.

    Raises PayoutNotFound, PreconditionFailed or InvalidTransition.
    """
    with step("delete", writes=True):
        payout = lock(tenant_id=tenant_id, payout_id=payout_id)
        check_version(payout.version, expected)
        if payout.status != Status.CREATED:
            raise _no_such_move(payout, "deleted", "Only a payout in created can be deleted.")
        lifecycle.delete(payout, at=queries.database_now())


def lock(*, tenant_id: UUID, payout_id: UUID) -> Payout:
    """The payout under its row lock, to the end of the caller's transaction; raises PayoutNotFound."""
    rows = queries.of_tenant(tenant_id).select_for_update(no_key=True, of=("self",))
    payout = rows.filter(id=payout_id).first()
    if payout is None:
        raise PayoutNotFound
    return payout


def _check_connector(name: str, request: CreatePayout) -> None:
    capabilities = registry.get(name).capabilities
    kind = request.recipient_details.kind
    if kind not in capabilities.kinds:
        message = f"The connector {name} cannot pay to {kind}; it can to {', '.join(sorted(capabilities.kinds))}."
        raise InvalidFields(FieldError("recipient_details.kind", "not-by-this-connector", message))
    if capabilities.currencies is not None and request.currency not in capabilities.currencies:
        message = f"The connector {name} cannot pay in {request.currency}."
        raise InvalidFields(FieldError("currency", "not-by-this-connector", message))


def _canonical(request: CreatePayout) -> dict[str, Any]:
    """The request as its fingerprint sees it: the same meaning gives the same text, also after fields are added."""
    return request.model_dump(exclude_defaults=True)


def _claim(tenant_id: UUID, key: str, request: CreatePayout, payout_id: UUID) -> Claim:
    return Claim(tenant_id, queries.CREATE_OPERATION, key, fingerprint(_canonical(request)), payout_id)


def _made_before(claim: Claim) -> Created:
    try:
        payout_id = first_object(claim)
    except IdempotencyKeyReused as error:
        error.extra["payout_id"] = payout_id_text(error.object_id)
        raise
    looked_at = queries.look_at(tenant_id=claim.tenant_id, payout_id=payout_id)
    if looked_at is None:
        raise PayoutDeleted(
            "Use a new key if you want a new payout; this one was deleted on request.",
            extra={"payout_id": payout_id_text(payout_id)},
        )
    return Created(*looked_at, replayed=True)


def _new_payout(payout_id: UUID, tenant_id: UUID, connector: str, request: CreatePayout, *, at: datetime) -> Payout:
    details = request.recipient_details.plain()
    values = {
        "id": payout_id,
        "tenant_id": tenant_id,
        "amount": request.amount,
        "currency": request.currency,
        "details_masked": mask(details).plain(),
        "details_sealed": seal(details, row_id=payout_id, column=SEALED_COLUMN),
        "recipient_index": blind_index(details, tenant_id=tenant_id),
        "connector": connector,
        "ready_at": request.scheduled_for or at,
        "scheduled_for": request.scheduled_for,
        "comment": request.comment,
        "external_id": request.external_id,
        "metadata": request.metadata,
        "created_at": at,
        "updated_at": at,
    }
    return row_of(Payout, values)


def _external_id_taken(tenant_id: UUID, request: CreatePayout, error: IntegrityError) -> Exception:
    if request.external_id is None or not is_taken(error, constraint="payout_external_id_once"):
        return error
    first = queries.find_by_external_id(tenant_id=tenant_id, external_id=request.external_id)
    named = {"payout_id": payout_id_text(first.id)} if first else {}
    return ExternalIdTaken("Read the payout that carries it, or send another external_id.", extra=named)


def _check_combination(request: UpdatePayout) -> None:
    by_status = request.status in (Status.COMPLETED, Status.FAILED)
    errors = []
    if request.reason is not None and not by_status:
        errors.append(FieldError("reason", "needs-status", "Send a reason only with the status completed or failed."))
    if request.evidence is not None and not by_status:
        errors.append(FieldError("evidence", "needs-status", "Send evidence only with the status completed or failed."))
    if request.failure_code is not None and request.status != Status.FAILED:
        errors.append(FieldError("failure_code", "needs-status", "Send a failure_code only with the status failed."))
    if errors:
        raise InvalidFields(*errors)


def _edit(payout: Payout, request: UpdatePayout) -> bool:
    before = (payout.comment, payout.metadata)
    if request.comment is not None:
        payout.comment = request.comment
    if request.metadata is not None:
        payout.metadata = request.metadata
    return before != (payout.comment, payout.metadata)


def _move_by_hand(payout: Payout, request: UpdatePayout, *, at: datetime) -> None:
    target = Status(request.status or payout.status)
    waits = waiting_for(payout, at=at, holds=holds_for(payout.tenant_id))
    if target not in lifecycle.moves_by_hand(payout, waits=bool(waits)):
        held = f"It waits for {', '.join(waits)}." if waits else "Choose one of the moves allowed now."
        raise _no_such_move(payout, target, held)
    if target == Status.PROCESSING:
        if not limits.Book([payout], at=at).admits(payout):
            hint = "A limit on payouts of the tenant or to the recipient is reached."
            raise _no_such_move(payout, target, hint, limited=True)
        attempts.open_by_hand(payout, at=at)
        return
    attempt = attempts.lock_open(payout)
    if attempt is None:
        _give_up_retrying(payout, request, target, at=at)
        return
    if attempt.connector != MANUAL and not (
        attempts.may_be_decided(attempt, at=at) and request.reason and request.evidence
    ):
        raise AttemptInFlight(
            f"The connector {attempt.connector} is paying. Only once its outcome is unknown can a person settle it, "
            "with a reason and evidence."
        )
    attempts.decide(payout, attempt, request, at=at)
    late = attempt.exchanges.filter(late=True).values_list("outcome", flat=True)
    if any(settlement.contradicts(attempt, outcome) for outcome in late):
        lifecycle.change([payout], "payout.discrepancy_found", at=at)


def _give_up_retrying(payout: Payout, request: UpdatePayout, target: Status, *, at: datetime) -> None:
    """The provider refused the last attempt, finally, and the next is not made yet: a person may say that is enough."""
    if target != Status.FAILED:
        raise AttemptInFlight("The provider refused the last attempt; the payout is tried again at next_attempt_at.")
    failures.by_person(request.failure_code, request.reason).put_on(payout)
    attempts.leave_processing(payout)
    lifecycle.move([payout], "reject", at=at)


def _no_such_move(payout: Payout, target: str, hint: str, *, limited: bool = False) -> InvalidTransition:
    waits = limited or bool(waiting_for(payout, at=utc_now(), holds=holds_for(payout.tenant_id)))
    allowed = [str(status) for status in lifecycle.moves_by_hand(payout, waits=waits)]
    return InvalidTransition(
        f"The payout is {payout.status} and cannot become {target}. {hint}",
        extra={"from": str(payout.status), "to": str(target), "allowed": allowed},
    )
