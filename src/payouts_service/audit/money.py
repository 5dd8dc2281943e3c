"""The invariants of money: accounts are named by their ids, payouts by theirs."""

from __future__ import annotations

from typing import Final

from payouts_service.audit.invariant import Invariant

_SIDES: Final = """
     side AS (SELECT debit_id AS account_id, -amount AS change, debit_balance AS balance, at, id FROM ledger_entry
               UNION ALL
              SELECT credit_id, amount, credit_balance, at, id FROM ledger_entry)
"""
# Of one account, ``a``, by the indexes of its two sides.
_LAST: Final = """
    SELECT balance, at, id FROM (
           (SELECT debit_balance AS balance, at, id FROM ledger_entry
             WHERE debit_id = a.id AND at < {before} ORDER BY at DESC, id DESC LIMIT 1)
            UNION ALL
           (SELECT credit_balance, at, id FROM ledger_entry
             WHERE credit_id = a.id AND at < {before} ORDER BY at DESC, id DESC LIMIT 1)) AS last_of_side
     ORDER BY at DESC, id DESC LIMIT 1
"""
_RECENT_SIDES: Final = """
     side AS (SELECT a.id AS account_id, s.change, s.balance, s.at, s.id
                FROM ledger_account a CROSS JOIN LATERAL (
                     SELECT -amount AS change, debit_balance AS balance, at, id FROM ledger_entry
                      WHERE debit_id = a.id AND at >= %(since)s
                      UNION ALL
                     SELECT amount, credit_balance, at, id FROM ledger_entry
                      WHERE credit_id = a.id AND at >= %(since)s) s)
"""
_BELOW_LIMIT: Final = """
WITH {sides}
SELECT DISTINCT a.id::text FROM ledger_account a JOIN side s ON s.account_id = a.id
 WHERE s.balance < a.least_balance AND (a.limited_since IS NULL OR s.at >= a.limited_since)
 UNION
SELECT id::text FROM ledger_account WHERE balance < least_balance
"""

MONEY_INVARIANTS: Final = (
    Invariant(
        "balances_are_sums_of_entries",
        "Every account's balance is the sum of its entries.",
        "accounts",
        f"""
        WITH {_SIDES}
        SELECT a.id::text FROM ledger_account a LEFT JOIN (
               SELECT account_id, sum(change) AS total FROM side GROUP BY account_id) s ON s.account_id = a.id
         WHERE a.balance <> coalesce(s.total, 0)
        """,  # noqa: S608 - a fixed text
        recent=f"""
        SELECT a.id::text FROM ledger_account a LEFT JOIN LATERAL ({_LAST.format(before="'infinity'")}) e ON true
         WHERE a.balance <> coalesce(e.balance, 0)
        """,  # noqa: S608 - a fixed text
    ),
    Invariant(
        "past_balances_are_sums_of_entries",
        "The balance that an entry tells of each of its accounts is the sum of that account's entries until then.",
        "accounts",
        f"""
        WITH {_SIDES}
        SELECT DISTINCT account_id::text FROM (
               SELECT account_id, balance, sum(change) OVER (PARTITION BY account_id ORDER BY at, id) AS total
                 FROM side) s
         WHERE balance <> total
        """,  # noqa: S608 - a fixed text
        recent=f"""
        WITH {_RECENT_SIDES}
        SELECT DISTINCT account_id::text FROM (
               SELECT account_id, change, balance, lag(balance, 1, 0.0) OVER (
                      PARTITION BY account_id ORDER BY at, id) AS before
                 FROM (SELECT * FROM side
                        UNION ALL
                       SELECT a.id, NULL, e.balance, e.at, e.id
                         FROM ledger_account a CROSS JOIN LATERAL ({_LAST.format(before="%(since)s")}) e) opened) s
         WHERE balance <> before + change
        """,  # noqa: S608 - a fixed text
    ),
    Invariant(
        "no_balance_was_below_its_limit",
        "No entry since an account's limit was set has left its balance below it.",
        "accounts",
        _BELOW_LIMIT.format(sides=_SIDES),
        recent=_BELOW_LIMIT.format(sides=_RECENT_SIDES),
    ),
    Invariant(
        "what_was_told_is_booked",
        "Every top-up and adjustment has its entry of its own amount, and no other entry says that it is of one.",
        "everything",
        """
        SELECT coalesce(t.id, e.subject_id)::text
          FROM (SELECT 'top_up' AS kind, id, tenant_id, currency, amount FROM ledger_topup
                 UNION ALL
                SELECT 'adjustment', id, tenant_id, currency, amount FROM ledger_adjustment) t
               FULL JOIN (
               SELECT * FROM ledger_entry WHERE kind IN ('top_up', 'adjustment')) e
            ON e.subject_id = t.id AND e.kind = t.kind
         WHERE (t.tenant_id, t.currency, t.amount) IS DISTINCT FROM (e.tenant_id, e.currency, e.amount)
        """,
    ),
    Invariant(
        "what_is_processed_is_held",
        "Every payout in processing has a hold of its own amount that has not ended, and nothing else has one.",
        "payouts",
        """
        SELECT coalesce(p.id, h.subject_id)
          FROM (SELECT subject_id, tenant_id, currency, sum(own) AS amount FROM (
                       SELECT subject_id, tenant_id, currency, CASE kind WHEN 'hold' THEN amount ELSE -amount END AS own
                         FROM ledger_entry WHERE kind IN ('hold', 'post', 'void')) e
                 GROUP BY subject_id, tenant_id, currency HAVING sum(own) <> 0) h
               FULL JOIN (
               SELECT id, tenant_id, currency, amount FROM payouts_payout WHERE status = 'processing') p
            ON p.id = h.subject_id
         WHERE (p.tenant_id, p.currency, p.amount) IS DISTINCT FROM (h.tenant_id, h.currency, h.amount)
        """,
    ),
    Invariant(
        "a_hold_ends_once",
        "A hold is placed once and ends once: by a post where its payout is completed, by a void where it failed.",
        "payouts",
        """
        SELECT e.subject_id FROM (
               SELECT subject_id, count(*) FILTER (WHERE kind = 'hold') AS holds,
                      array_agg(kind) FILTER (WHERE kind <> 'hold') AS ends
                 FROM ledger_entry WHERE kind IN ('hold', 'post', 'void') GROUP BY subject_id) e
               LEFT JOIN payouts_payout p ON p.id = e.subject_id
         WHERE e.holds <> 1 OR e.ends IS DISTINCT FROM CASE p.status
               WHEN 'completed' THEN ARRAY['post'] WHEN 'failed' THEN ARRAY['void'] END
        """,
    ),
    Invariant(
        "returns_are_of_what_was_paid",
        "What came back of a payout is what its returns and their entries say, and never more than was paid; of "
        "one that the ledger did not pay, its returns alone.",
        "payouts",
        """
        SELECT p.id FROM payouts_payout p LEFT JOIN (
               SELECT r.payout_id, sum(r.amount) AS told, sum(e.amount) AS booked
                 FROM payouts_return r LEFT JOIN ledger_entry e
                   ON e.subject_id = r.id AND e.kind = 'return' AND e.amount = r.amount
                GROUP BY r.payout_id) r ON r.payout_id = p.id
         WHERE p.returned_amount <> coalesce(r.told, 0)
            OR coalesce(r.booked, 0) <> CASE WHEN p.returned_amount = 0 OR EXISTS (
               SELECT FROM ledger_entry paid WHERE paid.subject_id = p.id AND paid.kind = 'post')
               THEN p.returned_amount ELSE 0 END
            OR p.returned_amount > CASE p.status WHEN 'completed' THEN p.amount ELSE 0 END
        """,
    ),
)
