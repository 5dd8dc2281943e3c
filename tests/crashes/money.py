"""What befalls money while processes die: policies, top-ups, returns, and payouts of a release without a ledger."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import LiteralString

import psycopg

from payouts_service.kit.ids import from_text
from tests.crashes.plans import FOLDER
from tests.crashes.stack import Caller, Stack
from tests.eventually import eventually

# As that release claims by hand: an attempt, the status and its event, and no money.
CLAIM_WITHOUT_A_LEDGER: LiteralString = """
WITH attempt AS (
     INSERT INTO payouts_payoutattempt (id, payout_id, number, connector, reference, evidence, opened_at)
     SELECT id, %(id)s, 1, 'manual', replace(id::text, '-', ''), '{}', now() FROM gen_random_uuid() AS id
     RETURNING id),
     moved AS (
     UPDATE payouts_payout
        SET status = 'processing', version = 2, attempts = 1, progress = 'in_flight',
            open_attempt_id = (SELECT id FROM attempt)
      WHERE id = %(id)s)
INSERT INTO events_event (id, transaction_id, tenant_id, type, object_type, object_id, sequence, data, actor_type,
                          actor_id, request_id, occurred_at)
SELECT gen_random_uuid(), pg_current_xact_id(), tenant_id, 'payout.claimed', object_type, object_id, 2,
       data || '{"status": "processing", "version": 2}', 'system', '', '', now()
  FROM events_event WHERE object_id = %(id)s AND sequence = 1
"""


class Money:
    """Stories of money; ``create`` makes a payout that must come to one of these ends, ``returned`` calls back."""

    def __init__(
        self,
        stack: Stack,
        caller: Caller,
        superuser: psycopg.Connection,
        *,
        create: Callable[..., str],
        returned: Callable[[str], None],
    ) -> None:
        self.stack = stack
        self.caller = caller
        self.superuser = superuser
        self.create = create
        self.returned = returned
        self.number = 0

    def tell(self) -> None:
        """Each of them once."""
        self.number += 1
        self._fund()
        self._give_back()
        self._catch_up()

    def _fund(self) -> None:
        limit = "--prefunded" if self.number % 2 else "--credit-limit=0.01"
        eventually(
            lambda: self._command("accounts", "set-policy", "--tenant=Acme", "--currency=USD", limit), seconds=90
        )
        waits = self.create(self.caller, "completed", currency="USD")
        eventually(lambda: self._is(waits, "blockers = '{funds}'"), seconds=60)
        body = {"amount": "25.00", "currency": "USD"}
        told = self.caller.send("POST", "/api/top-ups/", body, Idempotency_Key=f"top-up-{self.number}")
        assert told.status_code == 201, told.text
        eventually(lambda: self.caller.read(waits)["status"] == "completed", seconds=60)

    def _give_back(self) -> None:
        payout = self.create(self.caller, "completed", metadata={"simulator": "return:0.2"})
        eventually(lambda: self.caller.read(payout)["status"] == "completed", seconds=60)
        body = {"amount": "10.00", "provider_reference": "R-1", "reason": "Sent back in part"}
        assert self.caller.send("POST", f"/api/payouts/{payout}/returns/", body).status_code == 201
        self.returned(payout)
        eventually(lambda: self._came_back(payout) == Decimal(25), seconds=60)

    def _came_back(self, payout: str) -> Decimal:
        return sum((Decimal(one["amount"]) for one in self.caller.read(payout)["returns"]), Decimal(0))

    def _catch_up(self) -> None:
        payout = self.create(self.caller, "failed", connector="manual")
        self.superuser.execute(CLAIM_WITHOUT_A_LEDGER, {"id": from_text("po", payout)})
        eventually(lambda: self._is(payout, "held"), seconds=60)
        self.caller.send("PATCH", f"/api/payouts/{payout}/", {"status": "failed"})

    def _is(self, payout: str, condition: LiteralString) -> bool:
        query = f"SELECT {condition} FROM payouts_payout WHERE id = %s"  # noqa: S608 - a text of this file
        row = self.superuser.execute(query, [from_text("po", payout)]).fetchone()
        return row is not None and bool(row[0])

    def _command(self, *arguments: str) -> bool:
        """Whether the command, armed, came to a good end."""
        environment = {
            **os.environ,
            FOLDER: str(self.stack.folder),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        command = [sys.executable, "-m", "tests.crashes.command", *arguments]
        return subprocess.run(command, env=environment, check=False, capture_output=True).returncode == 0
