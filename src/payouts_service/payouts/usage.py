"""How much of each tenant's payouts is processing or completed, by currency and by the UTC day of its claim.

Written in the transaction of the move itself, one statement for the set. Rows are locked in the order of day, tenant
and currency, last of all.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum

from payouts_service.database.prepared import as_json, run
from payouts_service.payouts.clock import CLOCK
from payouts_service.payouts.models import Payout, Status, Usage

_ADD: Final = """
INSERT INTO payouts_usage AS u (tenant_id, currency, day, payouts, amount)
SELECT * FROM jsonb_to_recordset(%(changes)s::jsonb)
       AS c (tenant_id uuid, currency text, day date, payouts int, amount numeric)
 ORDER BY day, tenant_id, currency
    ON CONFLICT (tenant_id, currency, day)
    DO UPDATE SET payouts = u.payouts + excluded.payouts, amount = u.amount + excluded.amount
"""
_COUNTED: Final = (Status.PROCESSING, Status.COMPLETED)


@dataclass(slots=True)
class Used:
    """What has been used in one window."""

    count: int = 0
    amount: Decimal = Decimal(0)


Windows = Mapping[str, Used]
"""``day`` and ``month``."""


def add(payouts: Sequence[Payout]) -> None:
    """Count payouts that were claimed just now."""
    _change(payouts, sign=1)


def take_back(payouts: Sequence[Payout]) -> None:
    """Count no more what has failed after its claim; what was claimed before there were counts was never counted."""
    _change([payout for payout in payouts if payout.claimed_on is not None], sign=-1)


def lock(tenants: Collection[tuple[UUID, str]]) -> None:
    """Let nobody else claim for these tenants and currencies under a limit until the transaction ends.

    No row is locked: a settlement, which takes back, shall not wait for a claim, nor a claim about midnight miss
    another by the day of its row. Whoever locks other rows of a tenant's money does so afterwards.
    """
    digests = (hashlib.sha256(f"{tenant_id} {currency}".encode()).digest() for tenant_id, currency in tenants)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key",
            [sorted(int.from_bytes(digest[:8], signed=True) for digest in digests)],
        )


def of_tenants(tenants: Collection[tuple[UUID, str]], *, today: date) -> dict[tuple[UUID, str], Windows]:
    """What these tenants have used of each currency."""
    rows = Usage.objects.filter(
        tenant_id__in={tenant_id for tenant_id, _ in tenants},
        currency__in={currency for _, currency in tenants},
        day__gte=today.replace(day=1),
    )
    day = Q(day=today)
    sums = rows.values_list("tenant_id", "currency").annotate(
        day_count=Sum("payouts", filter=day),
        day_amount=Sum("amount", filter=day),
        month_count=Sum("payouts"),
        month_amount=Sum("amount"),
    )
    return {(tenant_id, currency): _windows(*used) for tenant_id, currency, *used in sums}


def of_ready(tenants: Collection[tuple[UUID, str]], *, connectors: Collection[str]) -> dict[tuple[UUID, str], Used]:
    """What of these tenants' payouts is ready and about to be claimed by these connectors."""
    ready = Payout.objects.filter(status=Status.CREATED, blockers=[], ready_at__lte=CLOCK, connector__in=connectors)
    rows = ready.filter(
        tenant_id__in={tenant_id for tenant_id, _ in tenants}, currency__in={currency for _, currency in tenants}
    )
    sums = rows.values_list("tenant_id", "currency").annotate(count=Count("id"), sum=Sum("amount"))
    return {(tenant_id, currency): Used(count, amount) for tenant_id, currency, count, amount in sums}


def of_recipients(payouts: Iterable[Payout], *, today: date) -> dict[tuple[UUID, bytes, str], Windows]:
    """What the recipients of these payouts have had of each currency; read from the payouts themselves."""
    recipients = {(payout.tenant_id, bytes(payout.recipient_index)) for payout in payouts if payout.recipient_index}
    rows = Payout.objects.filter(
        tenant_id__in={tenant_id for tenant_id, _ in recipients},
        recipient_index__in={index for _, index in recipients},
        status__in=_COUNTED,
        claimed_on__gte=today.replace(day=1),
    )
    day = Q(claimed_on=today)
    sums = rows.values_list("tenant_id", "recipient_index", "currency").annotate(
        day_count=Count("id", filter=day),
        day_amount=Sum("amount", filter=day),
        month_count=Count("id"),
        month_amount=Sum("amount"),
    )
    return {(tenant_id, bytes(index), currency): _windows(*used) for tenant_id, index, currency, *used in sums}


def _windows(day_count: int | None, day_amount: Decimal | None, count: int, amount: Decimal) -> Windows:
    return {"day": Used(day_count or 0, day_amount or Decimal(0)), "month": Used(count, amount)}


def _change(payouts: Sequence[Payout], *, sign: int) -> None:
    sums: dict[tuple[UUID, str, date], list[Decimal]] = defaultdict(list)
    for payout in payouts:
        assert payout.claimed_on is not None  # noqa: S101 - the callers have seen to it.
        sums[payout.tenant_id, payout.currency, payout.claimed_on].append(payout.amount)
    if not sums:
        return
    names = ("tenant_id", "currency", "day", "payouts", "amount")
    rows = [(*key, sign * len(amounts), sign * sum(amounts)) for key, amounts in sums.items()]
    run(_ADD, {"changes": as_json([dict(zip(names, row, strict=True)) for row in rows])})
