"""Lets the service make one payout and pay it, and cancel another: the patterns that ``bench/growth.py`` copies.

Prints their ids, and that of the tenant for the copies, as JSON. The patterns are another tenant's.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Final
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payouts_service.settings")
django.setup()

from django.db import transaction  # noqa: E402 - Django is set up before what needs it is imported.

import payouts_service.celery  # noqa: E402, F401 - the app whose broker hints go to; one that is away holds nobody up.
from payouts_service.kit import ids  # noqa: E402 - as above.
from payouts_service.kit.clock import utc_now  # noqa: E402 - as above.
from payouts_service.ledger.chart import AccountKind, Chart  # noqa: E402 - as above.
from payouts_service.ledger.entries import lock  # noqa: E402 - as above.
from payouts_service.payouts import engine, services  # noqa: E402 - as above.
from payouts_service.payouts.requests import CreatePayout  # noqa: E402 - as above.
from payouts_service.tenants.models import Tenant  # noqa: E402 - as above.

REQUEST: Final = {
    "amount": "150.00",
    "currency": "EUR",
    "recipient_details": {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"},
    "comment": "Invoice 42",
    "metadata": {"invoice": "42"},
}


def main(tenant: str) -> None:
    """Make what is to be copied, and the accounts that the copies move money in."""
    patterns = _tenant("growth patterns")
    copies = _tenant(tenant)
    paid, canceled = (_create(patterns) for _ in range(2))
    services.cancel_payout(tenant_id=patterns, payout_id=canceled, reason="Ordered twice", expected=None)
    engine.pay_ready("instant", budget_seconds=20)
    with transaction.atomic():
        lock([Chart(copies, str(REQUEST["currency"]))], *AccountKind)
    told = {"tenant": copies, "paid": paid, "canceled": canceled}
    sys.stdout.write(json.dumps({**{name: str(found) for name, found in told.items()}, "currency": "EUR"}))


def _tenant(name: str) -> UUID:
    found, _ = Tenant.objects.get_or_create(name=name, defaults={"created_at": utc_now()})
    return found.id


def _create(tenant_id: UUID) -> UUID:
    request = CreatePayout.model_validate({**REQUEST, "external_id": ids.new_id().hex})
    made = services.create_payout(tenant_id=tenant_id, request=request, idempotency_key=ids.new_id().hex)
    return made.payout.id


if __name__ == "__main__":
    main(sys.argv[1])
