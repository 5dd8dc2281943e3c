"""Every invariant of the service's own tables: its name, what it means, and the query that must find nothing.

A query gives one column, the id of each object that breaks the invariant: a UUID is a payout's, all else is text. All
run in one snapshot. What is said here is said once more, on purpose: no rule is taken from the code that it judges.

What a query costs, ``invariant.py`` tells. Parameters: ``left_to_people``, the connectors that submit nothing,
``without_inquiry``, those whose payments are submitted again instead of asked after, and
``unseen_after``, how long something may wait past its time.
"""

from __future__ import annotations

from typing import Final

from payouts_service.audit.invariant import Invariant
from payouts_service.audit.money import MONEY_INVARIANTS

LEGAL_MOVES: Final = (
    ("nothing", "payout.created", "created"),
    ("created", "payout.claimed", "processing"),
    ("processing", "payout.completed", "completed"),
    ("processing", "payout.failed", "failed"),
    ("created", "payout.failed", "failed"),
)
"""Status before, event, status after; a test compares them with the table of the lifecycle."""

_MOVES: Final = ", ".join(f"('{before}', '{event}', '{after}')" for before, event, after in LEGAL_MOVES)
_MOVING_EVENTS: Final = ", ".join(sorted({f"'{event}'" for _, event, _ in LEGAL_MOVES}))

INVARIANTS: Final = (
    Invariant(
        "completed_by_one_confirmation",
        "A completed payout has exactly one attempt that the provider or a person confirmed; every other payout none.",
        "payouts",
        """
        SELECT p.id FROM payouts_payout p LEFT JOIN (
               SELECT a.payout_id, count(*) AS number
                 FROM payouts_payoutattempt a LEFT JOIN payouts_decision d ON d.attempt_id = a.id
                WHERE coalesce(d.outcome, a.outcome) = 'confirmed' GROUP BY a.payout_id) confirmed
            ON confirmed.payout_id = p.id
         WHERE coalesce(confirmed.number, 0) <> CASE p.status WHEN 'completed' THEN 1 ELSE 0 END
        """,
    ),
    Invariant(
        "failed_by_refusals",
        "Every attempt of a failed payout was refused, by the provider or a person: an unknown outcome never fails it.",
        "payouts",
        """
        SELECT DISTINCT p.id
          FROM payouts_payout p JOIN payouts_payoutattempt a ON a.payout_id = p.id
               LEFT JOIN payouts_decision d ON d.attempt_id = a.id
         WHERE p.status = 'failed'
           AND (a.closed_at IS NULL OR coalesce(d.outcome, a.outcome) IS DISTINCT FROM 'rejected')
        """,
    ),
    Invariant(
        "closed_on_grounds",
        "An attempt is closed by the provider's final answer, which is kept, or by a person's decision; by a decision "
        "about a provider's attempt only with reason and evidence.",
        "payouts",
        """
        SELECT DISTINCT a.payout_id
          FROM payouts_payoutattempt a LEFT JOIN payouts_decision d ON d.attempt_id = a.id
         WHERE a.closed_at IS NOT NULL AND NOT CASE
               WHEN d.id IS NOT NULL THEN d.outcome IN ('confirmed', 'rejected')
                    AND (a.connector = 'manual' OR (d.reason <> '' AND d.evidence_text <> ''))
               ELSE coalesce(a.outcome, '') IN ('confirmed', 'rejected')
                    AND (a.evidence <> '{}' OR EXISTS (
                        SELECT FROM payouts_exchange x WHERE x.attempt_id = a.id AND x.outcome = a.outcome)) END
        """,
    ),
    Invariant(
        "attempts_are_counted",
        "A payout's number of attempts is that of its rows, numbered from 1 without a gap.",
        "payouts",
        """
        SELECT p.id FROM payouts_payout p LEFT JOIN (
               SELECT payout_id, count(*) AS number, max(number) AS last
                 FROM payouts_payoutattempt GROUP BY payout_id) a
            ON a.payout_id = p.id
         WHERE (p.attempts, p.attempts) <> (coalesce(a.number, 0), coalesce(a.last, 0))
        """,
    ),
    Invariant(
        "open_attempt_is_the_one",
        "A payout names its one open attempt; in processing it has one, unless it waits to be tried again.",
        "open",
        """
        SELECT coalesce(p.id, a.payout_id)
          FROM (SELECT id, open_attempt_id, status, progress FROM payouts_payout WHERE finished_at IS NULL) p
               FULL JOIN (SELECT id, payout_id FROM payouts_payoutattempt WHERE closed_at IS NULL) a
               ON a.payout_id = p.id
         WHERE p.open_attempt_id IS DISTINCT FROM a.id
            OR (a.id IS NULL AND p.status = 'processing' AND p.progress <> 'retrying')
        """,
    ),
    Invariant(
        "one_event_a_version",
        "Every payout has exactly one event for each version from 1 to its own; a deleted one for each it had.",
        "payouts",
        """
        SELECT coalesce(p.id, e.object_id)
          FROM payouts_payout p FULL JOIN (
               SELECT object_id, count(*) AS number, min(sequence) AS first, max(sequence) AS last
                 FROM events_event WHERE object_type = 'payout' GROUP BY object_id) e
            ON e.object_id = p.id
         WHERE e.number IS NULL OR e.first <> 1 OR e.last <> e.number OR p.version <> e.number
        """,
    ),
    Invariant(
        "status_is_that_of_the_last_event",
        "A payout's status is the one that its latest event tells.",
        "payouts",
        """
        SELECT p.id FROM payouts_payout p JOIN events_event e ON e.object_id = p.id AND e.sequence = p.version
         WHERE e.data->>'status' IS DISTINCT FROM p.status OR e.type = 'payout.deleted'
        """,
    ),
    Invariant(
        "moves_follow_the_table",
        "A payout's events tell of legal moves only, and of none after its deletion.",
        "payouts",
        f"""
        SELECT DISTINCT object_id FROM (
               SELECT object_id, type, coalesce(data->>'status', '') AS status,
                      coalesce(lag(data->>'status') OVER history, 'nothing') AS before,
                      lag(type) OVER history AS type_before
                 FROM events_event WHERE object_type = 'payout'
               WINDOW history AS (PARTITION BY object_id ORDER BY sequence)) e
         WHERE type_before = 'payout.deleted' OR NOT CASE
               WHEN type IN ({_MOVING_EVENTS}) THEN (before, type, status) IN ({_MOVES})
               WHEN type = 'payout.deleted' THEN (before, status) = ('created', 'created')
               ELSE before = status END
        """,  # noqa: S608 - a fixed text
    ),
    Invariant(
        "no_payout_vanished",
        "Whatever was a payout is one, or its last event tells of its deletion.",
        "payouts",
        """
        SELECT e.object_id FROM events_event e LEFT JOIN payouts_payout p ON p.id = e.object_id
         WHERE e.object_type = 'payout' AND p.id IS NULL GROUP BY e.object_id
        HAVING (array_agg(e.type ORDER BY e.sequence DESC))[1] <> 'payout.deleted'
        """,
    ),
    Invariant(
        "every_key_has_its_payout",
        "The payout that an idempotency key made exists, or was deleted on request.",
        "everything",
        """
        SELECT k.object_id FROM idempotency_idempotencykey k
         WHERE k.operation = 'payouts.create'
           AND NOT EXISTS (SELECT FROM payouts_payout p WHERE p.id = k.object_id AND p.tenant_id = k.tenant_id)
           AND NOT EXISTS (SELECT FROM events_event e WHERE e.object_id = k.object_id AND e.type = 'payout.deleted')
        """,
    ),
    Invariant(
        "one_payout_a_key",
        "An idempotency key made one object, for its tenant and operation.",
        "everything",
        """
        SELECT unnest(array_agg(object_id)) FROM idempotency_idempotencykey
         GROUP BY tenant_id, operation, key HAVING count(*) > 1
        """,
    ),
    Invariant(
        "one_payout_an_external_id",
        "A tenant's external_id is that of one payout.",
        "everything",
        """
        SELECT unnest(array_agg(id)) FROM payouts_payout
         WHERE external_id IS NOT NULL GROUP BY tenant_id, external_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "indexes_are_valid",
        "Every index of PostgreSQL is valid, those that keep things unique among them.",
        "open",
        """
        SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)
        """,
    ),
    Invariant(
        "usage_is_what_counts",
        "What limits count of a tenant, day and currency is the sum of its payouts in processing or completed.",
        "everything",
        """
        SELECT concat_ws(' ', tenant_id, day, currency)
          FROM payouts_usage u FULL JOIN (
               SELECT tenant_id, claimed_on AS day, currency, count(*) AS payouts, sum(amount) AS amount
                 FROM payouts_payout WHERE claimed_on IS NOT NULL AND status IN ('processing', 'completed')
                GROUP BY tenant_id, claimed_on, currency) p
         USING (tenant_id, day, currency)
         WHERE (coalesce(u.payouts, 0), coalesce(u.amount, 0)) <> (coalesce(p.payouts, 0), coalesce(p.amount, 0))
        """,
    ),
    Invariant(
        "ready_payouts_are_taken",
        "No payout stays ready much longer than the sweep's period while nothing is claimed for its connector, unless "
        "that is ill or paused.",
        "open",
        """
        SELECT id FROM payouts_payout p
         WHERE finished_at IS NULL AND status = 'created' AND blockers = '{}'
           AND ready_at < statement_timestamp() - %(unseen_after)s::interval AND connector <> ALL(%(left_to_people)s)
           AND connector NOT IN (
               SELECT connector FROM payouts_connectorstate WHERE paused_at IS NOT NULL OR ill_until IS NOT NULL)
           -- A backlog is rightful while it is worked off. An attempt's id begins with its milliseconds (RFC 9562, v7).
           AND NOT EXISTS (
               SELECT FROM payouts_payoutattempt a WHERE a.connector = p.connector AND a.id >= rpad(lpad(to_hex((
                   extract(epoch FROM statement_timestamp() - %(unseen_after)s::interval) * 1000)::bigint), 12, '0'),
                   32, '0')::uuid)
        """,
    ),
    Invariant(
        "due_work_is_taken",
        "No inquiry and no further attempt is overdue, unless it would send and its connector or tenant may not.",
        "open",
        """
        WITH held AS (
             SELECT connector FROM payouts_connectorstate WHERE paused_at IS NOT NULL OR ill_until IS NOT NULL)
        SELECT payout_id FROM payouts_payoutattempt
         WHERE closed_at IS NULL AND next_inquiry_at < statement_timestamp() - %(unseen_after)s::interval
           AND NOT ((sends_again OR connector = ANY(%(without_inquiry)s)) AND (
               connector IN (SELECT connector FROM held) OR payout_id IN (
                   SELECT p.id FROM payouts_payout p JOIN tenants_tenant t ON t.id = p.tenant_id
                    WHERE p.finished_at IS NULL AND t.paused_at IS NOT NULL)))
         UNION
        SELECT p.id FROM payouts_payout p JOIN tenants_tenant t ON t.id = p.tenant_id
         WHERE p.finished_at IS NULL AND p.next_attempt_at < statement_timestamp() - %(unseen_after)s::interval
           AND t.paused_at IS NULL AND p.connector NOT IN (SELECT connector FROM held)
        """,
    ),
    Invariant(
        "open_attempts_are_watched",
        "An open attempt has a time at which it is asked after, or it is a person's to settle and shown as such.",
        "open",
        """
        SELECT payout_id FROM payouts_payoutattempt
         WHERE closed_at IS NULL AND next_inquiry_at IS NULL
           AND connector <> 'manual' AND outcome IS DISTINCT FROM 'unknown'
        """,
    ),
    *MONEY_INVARIANTS,
)
