"""Which payouts a list or a search means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from payouts_service.http.pages import Position
from payouts_service.http.validation import validate
from payouts_service.kit import ids
from payouts_service.kit.errors import FieldError, InvalidFields
from payouts_service.payouts import queries
from payouts_service.payouts.models import Payout
from payouts_service.payouts.requests import ListPayouts, SearchPayouts
from payouts_service.payouts.wire import PREFIX
from payouts_service.recipients.blind_index import blind_index

_LONGEST: Final = 500
_BIK_AND_ACCOUNT: Final = re.compile(r"(\d{9})\D+(\d[\d ]{18,24}\d)", re.ASCII)


def filters_of(wanted: ListPayouts) -> queries.Filters:
    """What the list is narrowed to; raises InvalidFields for a filter that needs a window of time and has none."""
    for name in ("connector", "currency"):
        if getattr(wanted, name) is not None and wanted.created_at__gte is None:
            message = f"Add created_at__gte: a filter by {name} needs a window of time."
            raise InvalidFields(FieldError(name, "needs-window", message))
    return queries.Filters(
        statuses=frozenset(wanted.status),
        external_id=wanted.external_id,
        idempotency_key=wanted.idempotency_key,
        connector=wanted.connector,
        currency=wanted.currency,
        created_from=wanted.created_at__gte,
        created_before=wanted.created_at__lt,
    )


def search(*, tenant_id: UUID, text: str, after: Position | None, limit: int) -> tuple[list[Payout], Position | None]:
    """The tenant's payouts that a person means by this text, newest first, and the position of the next page.

    It may be the id, the tenant's own id, our reference or the provider's; else the recipient's account, whole. Nothing
    is opened to be compared: accounts are found by the blind index.
    """
    text = " ".join(text.split())  # What is pasted from a bank's page or file may have spaces of any kind.
    if not 0 < len(text) <= _LONGEST or not text.isprintable():
        return [], None
    found = queries.known_by(tenant_id=tenant_id, text=text, payout_id=ids.from_text(PREFIX, text), limit=limit)
    following: Position | None = None
    for account in _accounts(text):
        if found:
            break
        filters = queries.Filters(recipient_index=blind_index(account, tenant_id=tenant_id))
        found, following = queries.page(tenant_id=tenant_id, filters=filters, after=after, limit=limit)
    return found, following


def _accounts(text: str) -> Iterator[dict[str, Any]]:
    """The accounts that the text may be, in plain."""
    bank = _BIK_AND_ACCOUNT.fullmatch(text)
    readings: list[dict[str, str]] = [{"kind": "iban", "iban": text}, {"kind": "phone", "phone": text}]
    if bank is not None:
        readings.append({"kind": "ru_account", "bik": bank[1], "account": bank[2]})
    readings += [{"kind": "card_token", "token": text}, {"kind": "text", "text": text}]
    for reading in readings:
        try:
            yield validate(SearchPayouts, {"recipient_account": reading}).recipient_account.plain()
        except InvalidFields:
            continue  # It is none of this kind.
