"""Providers call us: verified, kept as it came, and taken as a hint. The truth is an inquiry, which it brings forward.

So a callback may come twice, late, out of order or before the answer to the submission, and a forged one moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

import structlog
from django.db.models import Q
from django.db.utils import OperationalError
from psycopg import errors as postgres

from payouts_service.connectors import registry
from payouts_service.connectors.contract import CallbackNews, CallbackNotUnderstood, CallbackRefused
from payouts_service.events.log import has_happened
from payouts_service.http.problems import NotFound
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import ServiceError
from payouts_service.payouts import lifecycle, queries, settlement
from payouts_service.payouts.models import Callback, Payout, PayoutAttempt
from payouts_service.payouts.steps import step
from payouts_service.recipients.sealing import CannotOpen, open_sealed, seal

_log = structlog.get_logger(__name__)
SEALED_COLUMN: Final = "payouts_callback.body_sealed"
NOT_UNDERSTOOD: Final = ""
"""The reference, and the outcome, of a kept callback that its connector did not understand."""


class CallbackUnverified(ServiceError):
    """The call is not provably the provider's, or is too old (401)."""

    status = 401
    code = "callback-unverified"
    title = "This callback cannot be verified"


class CallbackUnreadable(ServiceError):
    """The call is the provider's, and says nothing that the provider documents; it is kept (400)."""

    code = "callback-unreadable"
    title = "This callback cannot be read"


def receive(connector_name: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Take one callback; True where it brings an inquiry forward, so that a hint is worth while.

    ``headers`` have names in lower case. Raises NotFound, CallbackUnverified or CallbackUnreadable. What is verified
    and not understood is kept too, once for each body, until the connector has learnt it: see ``replay``.
    """
    if connector_name not in registry.all_names() or not registry.get(connector_name).capabilities.callbacks:
        raise NotFound("No connector of this name takes callbacks.")
    connector = registry.get(connector_name)
    try:
        with step("verify_callback"):
            connector.verify_callback(headers, body, now=utc_now())
    except CallbackRefused as error:
        _log.warning("callback_refused", connector=connector_name, why=error.why)
        raise CallbackUnverified("Sign the callback as agreed, and send it within five minutes.") from error
    try:
        with step("verify_callback"):
            news = connector.translate_callback(body)
    except CallbackNotUnderstood as error:
        _log.error("callback_not_understood", connector=connector_name, why=error.why)
        with step("keep_callback", writes=True):
            _keep(connector_name, None, body)
        raise CallbackUnreadable("Send what the provider's documents describe.") from error
    with step("keep_callback", writes=True):
        if not _keep(connector_name, news, body):
            return False
        return _apply(connector_name, news)


def replay(*, connector: str | None, since: datetime | None, event_id: str | None) -> Iterator[tuple[Callback, str]]:
    """Apply kept callbacks once more, the oldest first; each with what came of it.

    They were verified when they came. What they bring is an inquiry, so applying one again does no harm. One that was
    not understood when it came, and is now, is kept under the provider's name for it from then on. What came of it is
    ``asks`` (the provider is asked within a sweep), ``nothing`` (its payment has ended, or is being worked on),
    ``unreadable`` (it does not open, or the connector does not understand it) or ``locked`` (others held its payout;
    worth another time).
    """
    rows = Callback.objects.exclude(body_sealed=b"").order_by("received_at", "id")  # An erased one says nothing.
    if connector is not None:
        rows = rows.filter(connector=connector)
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    if event_id is not None:
        rows = rows.filter(event_id=event_id)
    for row in rows.iterator():
        yield row, _apply_again(row)


def _apply_again(row: Callback) -> str:
    try:
        body = open_sealed(row.body_sealed, row_id=row.id, column=SEALED_COLUMN)["body"].encode("latin-1")
        with step("verify_callback"):
            news = registry.get(row.connector).translate_callback(body)
    except (CannotOpen, CallbackNotUnderstood, registry.UnknownConnector) as error:
        _log.error("callback_not_understood", connector=row.connector, event_id=row.event_id, why=str(error))
        return "unreadable"
    try:
        with step("keep_callback", writes=True):
            again = not _keep_by_name(row, news, body)
            return "asks" if _apply(row.connector, news, again=again) else "nothing"
    except OperationalError as error:
        if not isinstance(error.__cause__, postgres.LockNotAvailable):
            raise
        return "locked"


def _keep(connector: str, news: CallbackNews | None, body: bytes, *, received_at: datetime | None = None) -> bool:
    """Store the callback; False where this event came before. What is not understood (None) is known by its body."""
    row_id = ids.new_id()
    row = Callback(
        id=row_id,
        connector=connector,
        event_id=news.event_id if news else f"sha256:{sha256(body).hexdigest()}",
        reference=news.reference if news else NOT_UNDERSTOOD,
        outcome=_says(news) if news else NOT_UNDERSTOOD,
        # Latin-1 has a character for each byte, one to one.
        body_sealed=seal({"body": body.decode("latin-1")}, row_id=row_id, column=SEALED_COLUMN),
        received_at=received_at or queries.database_now(),
    )
    Callback.objects.bulk_create([row], ignore_conflicts=True)
    return Callback.objects.filter(id=row_id).exists()


def _keep_by_name(row: Callback, news: CallbackNews, body: bytes) -> bool:
    """Keep under the provider's name what was not understood when it came; False where that is done already."""
    if row.reference != NOT_UNDERSTOOD:
        return False
    Callback.objects.filter(id=row.id).update(body_sealed=b"")
    return _keep(row.connector, news, body, received_at=row.received_at)


def _says(news: CallbackNews) -> str:
    return "returned" if news.returned else news.outcome.kind


def _apply(connector: str, news: CallbackNews, *, again: bool = False) -> bool:
    """Ask about an open attempt now; tell a discrepancy where an ended one is contradicted.

    ``again``: it was applied before, so a discrepancy is told only where none was.
    """
    known = PayoutAttempt.objects.filter(connector=connector, reference=news.reference).first()
    if known is None:
        _log.error("callback_of_unknown_reference", connector=connector, reference=news.reference)
        return False
    payout = Payout.objects.select_for_update(no_key=True, of=("self",)).get(id=known.payout_id)
    attempt = PayoutAttempt.objects.select_for_update(no_key=True).get(id=known.id)
    at = queries.database_now()
    wrong_sum = news.currency != payout.currency or (news.amount != payout.amount and not news.returned)
    contradicts = wrong_sum or settlement.contradicts(attempt, news.outcome.kind)
    if news.returned and not contradicts:
        # Asked about when the payout is completed, as it may be already.
        PayoutAttempt.objects.filter(id=attempt.id).update(returns_due_at=at)
    if attempt.closed_at is not None:
        if contradicts and not (again and has_happened("payout.discrepancy_found", payout.id)):
            lifecycle.change([payout], "payout.discrepancy_found", at=at)
        return news.returned and not contradicts
    idle = Q(lease_until=None) | Q(lease_until__lte=at)  # A worker at it will bring the answer itself.
    return bool(PayoutAttempt.objects.filter(idle, id=attempt.id).update(next_inquiry_at=at, claims=0))
