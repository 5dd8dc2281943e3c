"""The invariants that compare the service with the simulated provider's books, which say what was really paid.

``effects`` holds the books as JSON, ``asked_at`` PostgreSQL's time before they were asked for. A payout in flight may
have an effect whose outcome is not settled yet, so only what has ended is compared with what was paid.
"""

from __future__ import annotations

from typing import Final

from payouts_service.audit.invariant import Invariant

_EFFECTS: Final = (
    "WITH effect AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(%(effects)s::jsonb)"
    " AS e (reference text, amount numeric, currency text, returned bool))"
)

BOOKS_INVARIANTS: Final = (
    Invariant(
        "a_reference_is_paid_once",
        "The provider paid no reference twice.",
        "everything",
        f"{_EFFECTS} SELECT reference FROM effect GROUP BY reference HAVING count(*) > 1",  # noqa: S608 - a fixed text
    ),
    Invariant(
        "a_payout_is_paid_once",
        "The provider paid no payout under two references, but for money that came back.",
        "everything",
        f"""
        {_EFFECTS}
        SELECT a.payout_id FROM effect e JOIN payouts_payoutattempt a USING (reference)
         WHERE NOT e.returned GROUP BY a.payout_id HAVING count(DISTINCT a.id) > 1
        """,  # noqa: S608 - a fixed text
    ),
    Invariant(
        "what_was_paid_is_known",
        "The provider paid nothing that no attempt of ours asked for.",
        "everything",
        f"""
        {_EFFECTS}
        SELECT DISTINCT e.reference FROM effect e LEFT JOIN payouts_payoutattempt a USING (reference)
         WHERE a.id IS NULL
        """,  # noqa: S608 - a fixed text
    ),
    Invariant(
        "what_was_refused_is_not_paid",
        "No attempt that ended without a confirmation was paid, but for money that came back.",
        "everything",
        f"""
        {_EFFECTS}
        SELECT DISTINCT a.payout_id
          FROM effect e JOIN payouts_payoutattempt a USING (reference)
               LEFT JOIN payouts_decision d ON d.attempt_id = a.id
         WHERE NOT e.returned AND a.closed_at < %(asked_at)s
           AND coalesce(d.outcome, a.outcome) IS DISTINCT FROM 'confirmed'
        """,  # noqa: S608 - a fixed text
    ),
    Invariant(
        "what_is_completed_is_paid",
        "A payout completed through the simulated provider was paid by it.",
        "everything",
        f"""
        {_EFFECTS}
        SELECT p.id
          FROM payouts_payout p JOIN payouts_payoutattempt a ON a.payout_id = p.id
               LEFT JOIN payouts_decision d ON d.attempt_id = a.id
         WHERE p.status = 'completed' AND p.finished_at < %(asked_at)s AND a.connector = 'simulator'
           AND coalesce(d.outcome, a.outcome) = 'confirmed'
           AND NOT EXISTS (SELECT FROM effect e WHERE e.reference = a.reference)
        """,  # noqa: S608 - a fixed text
    ),
    Invariant(
        "what_was_paid_is_what_was_asked",
        "The provider paid each payout's own amount and currency.",
        "everything",
        f"""
        {_EFFECTS}
        SELECT DISTINCT p.id
          FROM effect e JOIN payouts_payoutattempt a USING (reference) JOIN payouts_payout p ON p.id = a.payout_id
         WHERE (e.amount, e.currency) IS DISTINCT FROM (p.amount, p.currency)
        """,  # noqa: S608 - a fixed text
    ),
)
