"""At any instant balances are sums of entries, holds are of payouts in processing, and no balance is below its limit.

Looked at by SQL of its own, each time in one snapshot, between any two steps of clients, workers, people and top-ups
that move the same account at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from payouts_service.connectors.contract import RejectionCode, confirmed, rejected
from payouts_service.payouts import claims, engine, funds
from tests.audit.stories import broken
from tests.client import Client, address
from tests.concurrency import at_once
from tests.ledger.money import limit, top_up

WRONG: Final = """
WITH holds AS (
     SELECT subject_id, sum(CASE kind WHEN 'hold' THEN amount ELSE -amount END) AS amount FROM ledger_entry
      WHERE kind IN ('hold', 'post', 'void') GROUP BY subject_id)
SELECT 'not the sum of its entries: ' || a.kind FROM ledger_account a
 WHERE balance <> (SELECT coalesce(sum(CASE a.id WHEN e.credit_id THEN e.amount ELSE -e.amount END), 0)
                     FROM ledger_entry e WHERE a.id IN (e.debit_id, e.credit_id))
 UNION ALL
SELECT 'below its limit: ' || kind FROM ledger_account WHERE balance < least_balance
 UNION ALL
SELECT 'not what is in processing: ' || coalesce(h.subject_id, p.id)
  FROM (SELECT * FROM holds WHERE amount <> 0) h
       FULL JOIN (SELECT id, amount FROM payouts_payout WHERE status = 'processing') p ON p.id = h.subject_id
 WHERE h.amount IS DISTINCT FROM p.amount
 UNION ALL
SELECT 'not what is held: ' || sum(balance) FROM ledger_account WHERE kind = 'held'
HAVING sum(balance) <> (SELECT coalesce(sum(amount), 0) FROM payouts_payout WHERE status = 'processing')
"""
ROUNDS: Final = 6


@dataclass
class Load:
    """Those who move acme's money, and what was seen in the books meanwhile."""

    acme: Client
    by_hand: list[str]
    wrong: list[str] = field(default_factory=list)
    processing: list[int] = field(default_factory=list)

    def look(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(WRONG)  # One statement, so one snapshot.
            self.wrong.extend(text for (text,) in cursor.fetchall())
            cursor.execute("SELECT count(*) FROM payouts_payout WHERE status = 'processing'")
            self.processing.append(cursor.fetchone()[0])

    def ask(self, number: int) -> None:
        for _ in range(4):
            self.acme.create(amount=str(5 + number), connector="instant")

    def work(self, number: int) -> None:
        items = claims.claim_payable("instant", 3).items
        self.look()
        ends = (rejected(RejectionCode.REFUSED_BY_PROVIDER), confirmed(), confirmed())
        engine.record([(item, ends[(number + place) % 3]) for place, item in enumerate(items)])

    def pay_by_hand(self, number: int) -> None:
        payout = address(self.by_hand[number])
        self.acme.patch(payout, {"status": "processing"})
        self.look()
        self.acme.patch(payout, {"status": "failed" if number % 2 else "completed"})

    def bring_money(self, number: int) -> None:
        self.acme.post("/api/top-ups/", {"amount": str(10 + number), "currency": "EUR"})
        funds.release_all(budget_seconds=20)

    def send_back(self, number: int) -> None:
        told = {"provider_reference": f"R-{number}", "amount": "1.00", "reason": "Account closed"}
        for paid in self.acme.json(self.acme.get("/api/payouts/?status=completed&limit=2"))["data"]:
            self.acme.post(f"{address(paid['id'])}returns/", told)


def test_whoever_looks_while_money_moves_finds_the_books_right(acme: Client) -> None:
    limit(acme.tenant_id, "EUR", 0)
    top_up(acme.tenant_id, "EUR", 60)
    load = Load(acme, [acme.create(amount="7", connector="manual")["id"] for _ in range(ROUNDS)])
    steps = [*[load.work] * 4, load.ask, load.ask, load.pay_by_hand, load.bring_money, load.send_back]

    def act(place: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")  # It is about money; a worker would look again.
        for number in range(ROUNDS):
            steps[place](number)
            load.look()

    at_once(len(steps), act)

    assert load.wrong == []
    assert max(load.processing) > 1
    assert broken() == {}
