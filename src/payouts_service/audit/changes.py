"""What has changed since an audit: so the next one need not read the whole history again.

A payout has changed where an event, an entry, an attempt or a return of it is new, or it is itself. Its new events are
those of transactions that were not seen to have ended by the audit before (``transaction_id``): so one that committed
late is not missed. All else is looked up by its time, from a quarter of an hour before that audit on: no transaction of
the service takes as long, and no clock of a process may differ by as much.

Not seen is what leaves nothing new behind: a row that was changed or removed past the service. The full audit sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import connection

MARGIN: Final = timedelta(minutes=15)
_AT_ONCE: Final = 5000

# An id of ours begins with its milliseconds (RFC 9562, version 7).
_IDS_SINCE: Final = (
    "rpad(lpad(to_hex((extract(epoch FROM %(since)s::timestamptz) * 1000)::bigint), 12, '0'), 32, '0')::uuid"
)
_CHANGED: Final = f"""
SELECT e.object_id FROM tenants_tenant t CROSS JOIN LATERAL (
       SELECT object_id FROM events_event
        WHERE tenant_id = t.id AND transaction_id >= %(transaction_id)s::text::xid8 AND object_type = 'payout') e
 UNION
SELECT e.subject_id FROM ledger_account a CROSS JOIN LATERAL (
       SELECT subject_id FROM ledger_entry
        WHERE debit_id = a.id AND at >= %(since)s AND kind IN ('hold', 'post', 'void')) e
 UNION
SELECT payout_id FROM payouts_payoutattempt WHERE id >= {_IDS_SINCE}
 UNION
SELECT payout_id FROM payouts_return WHERE id >= {_IDS_SINCE}
 UNION
SELECT id FROM payouts_payout WHERE id >= {_IDS_SINCE}
"""  # noqa: S608 - a fixed text

PART: Final = """
WITH payouts_payout AS NOT MATERIALIZED (
         SELECT * FROM public.payouts_payout WHERE id = ANY(%(payouts)s)),
     payouts_payoutattempt AS NOT MATERIALIZED (
         SELECT * FROM public.payouts_payoutattempt WHERE payout_id = ANY(%(payouts)s)),
     payouts_return AS NOT MATERIALIZED (
         SELECT * FROM public.payouts_return WHERE payout_id = ANY(%(payouts)s)),
     events_event AS NOT MATERIALIZED (
         SELECT * FROM public.events_event WHERE object_id = ANY(%(payouts)s)),
     ledger_entry AS NOT MATERIALIZED (
         SELECT * FROM public.ledger_entry WHERE subject_id = ANY(%(payouts)s)
          UNION ALL
         SELECT * FROM public.ledger_entry WHERE subject_id IN (SELECT id FROM payouts_return))
"""
"""Before a query, it makes that query see these payouts and what is theirs, as if there were nothing else."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A snapshot's place in the history of a cluster: every transaction below ``transaction_id`` had ended."""

    cluster: int
    transaction_id: int
    at: datetime


def this_moment() -> Moment:
    """That of the caller's snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier, pg_snapshot_xmin(pg_current_snapshot())::text::bigint, clock_timestamp()"
            "  FROM pg_control_system()"
        )
        return Moment(*cursor.fetchone())


def bounds(last: Moment) -> dict[str, Any]:
    """The parameters of queries about what is newer than the moment."""
    return {"transaction_id": last.transaction_id, "since": last.at - MARGIN}


def changed_payouts(last: Moment) -> Iterator[Sequence[UUID]]:
    """The ids of payouts that have changed since, in sets."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, bounds(last))
        found = iter([row[0] for row in cursor.fetchall()])
    while part := list(islice(found, _AT_ONCE)):
        yield part
