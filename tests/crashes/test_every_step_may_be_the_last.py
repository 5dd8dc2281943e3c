"""Wherever a process dies or freezes, each payout reaches its end, and the money moves once.

Every moment of every step is struck once, in real processes, under payouts of every kind: killed, or stopped until its
lease and its transaction are over and others have done its work, and then resumed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connections

from payouts_service.audit.services import fetch_books, judge
from payouts_service.kit.ids import from_text
from payouts_service.payouts.steps import ALONE, OF_COMMANDS, STEPS
from tests.client import Client
from tests.crashes.money import Money
from tests.crashes.stack import LEASE_SECONDS, SECRET, Caller, Stack, running_stack
from tests.eventually import eventually
from tests.submits import NOT_FOUND, sent_too_often

CALLS = {"hint", "submit", "inquire", "verify_callback"}
"""The steps that write nothing, and so have no moment before a commit."""
APART = OF_COMMANDS | {"reveal"}
"""Steps with stories of their own, in the files beside this one."""
MOMENTS = [f"{step}.{moment}" for step in sorted(STEPS - APART) for moment in ("before", "inside", "after")
           if moment != "inside" or step not in CALLS | ALONE]  # fmt: skip
STOPPED_SECONDS = {"kill": 1_000_000, "stop": LEASE_SECONDS + 6}  # Also past idle_in_transaction_session_timeout.


@pytest.mark.timeout(400)
@pytest.mark.parametrize("action", ["kill", "stop"])
def test_every_moment_of_every_step_is_struck_and_no_money_is_lost_or_doubled(
    acme: Client, globex: Client, superuser: psycopg.Connection, tmp_path: Path, action: str
) -> None:
    with running_stack(tmp_path) as stack:
        stories = Stories(stack, acme, globex, superuser)
        stack.plan(MOMENTS, action)
        with ThreadPoolExecutor(2) as threads:
            told = threads.submit(stories.tell)
            eventually(lambda: _go_on(stack, action, told.done), seconds=300)
            told.result()
            eventually(lambda: _go_on(stack, action, stories.all_ended), seconds=120)

        stories.check()
        findings = judge(fetch_books(stack.simulator.url, timeout_seconds=10))
        assert {found.invariant.name: found.ids for found in findings if found.broken} == {}
        assert stack.left() == []


def _go_on(stack: Stack, action: str, until: Callable[[], bool]) -> bool:
    stack.resume_stopped(after_seconds=STOPPED_SECONDS[action])
    return until()


class Stories:
    """Payouts of every kind, until each moment was reached; and what must have become of each."""

    def __init__(self, stack: Stack, acme: Client, globex: Client, superuser: psycopg.Connection) -> None:
        assert acme.key is not None
        assert globex.key is not None
        self.stack = stack
        self.acme, self.globex = Caller(stack.url, acme.key), Caller(stack.url, globex.key)
        self.superuser = superuser
        self.number = 0
        self.ends: dict[str, set[str]] = {}
        self.money = Money(stack, self.acme, superuser, create=self._create, returned=self._tell_of_return)

    def tell(self) -> None:
        """Go on until every moment has been struck."""
        try:
            while self.stack.left():
                self._pay()
                self._by_people()
                self._pause()
                self._call_back()
                self._park()
                self.money.tell()
        finally:
            connections.close_all()

    def all_ended(self) -> bool:
        return all(self._status(payout) in ends for payout, ends in self.ends.items())

    def check(self) -> None:
        """One payment for each completed payout, none for any other; and none was asked for on a guess."""
        paid = [effect["reference"] for effect in self.stack.simulator.books()]
        assert len(paid) == len(set(paid))
        for payout in self.ends:
            payments = len(self._references(payout) & set(paid))
            status = self._status(payout)
            assert payments == (status in ("completed", "processing")), (payout, status)
        not_found: dict[str, int] = dict(self.superuser.execute(NOT_FOUND).fetchall())
        submits = {reference: self.stack.simulator.submits_of(reference) for reference in not_found}
        assert list(sent_too_often(submits, not_found)) == []

    def _status(self, payout: str) -> str:
        return str(self.acme.read(payout).get("status") or self.globex.read(payout).get("status", "deleted"))

    def _references(self, payout: str) -> set[str]:
        query = "SELECT reference FROM payouts_payoutattempt WHERE payout_id = %s"
        return {row[0] for row in self.superuser.execute(query, [from_text("po", payout)])}

    def _create(self, caller: Caller, *ends: str, **changes: object) -> str:
        self.number += 1
        payout = caller.create(self.number, **changes)
        self.ends[payout] = set(ends)
        return payout

    def _pay(self) -> None:
        for scenario in ("confirm", "lose", "delay:1", "confirm", "lose"):
            self._create(self.acme, "completed", metadata={"simulator": scenario})
        self._create(self.acme, "failed", metadata={"simulator": "reject:refused"})

    def _by_people(self) -> None:
        canceled, deleted = (self._create(self.acme, end, connector="manual") for end in ("failed", "deleted"))
        assert self.acme.send("POST", f"/api/payouts/{canceled}/cancel/", {"reason": "No"}).status_code == 200
        for comment in ("First", "Second"):
            changed = self.acme.send("PATCH", f"/api/payouts/{deleted}/", {"comment": comment})
            assert changed.json()["comment"] == comment
        assert self.acme.send("DELETE", f"/api/payouts/{deleted}/").status_code in (204, 404)

    def _pause(self) -> None:
        self.globex.send("POST", "/api/tenant/pause/", {"reason": "Asked for"})
        held = self._create(self.globex, "completed")
        eventually(lambda: self._is_marked(held), seconds=60)
        self.globex.send("POST", "/api/tenant/resume/")

    def _is_marked(self, payout: str) -> bool:
        query = "SELECT blockers FROM payouts_payout WHERE id = %s"
        row = self.superuser.execute(query, [from_text("po", payout)]).fetchone()
        return row is not None and row[0] == ["paused"]

    def _call_back(self) -> None:
        payout = self._create(self.acme, "completed", metadata={"simulator": "lose"})
        eventually(lambda: bool(self._references(payout)), seconds=60)
        self._deliver("payment.confirmed", payout)

    def _tell_of_return(self, payout: str) -> None:
        [reference] = self._references(payout)
        eventually(lambda: bool(self.stack.simulator.noted("returns", reference)), seconds=60)
        self._deliver("payment.returned", payout)

    def _deliver(self, kind: str, payout: str) -> None:
        [reference] = self._references(payout)
        event = f"evt_{self.number}"
        data = {"reference": reference, "provider_reference": "sim_1", "amount": "25.00", "currency": "EUR"}
        body = json.dumps({"id": event, "type": kind, "data": {**data, "rejection": None}}).encode()
        timestamp = str(int(time.time()))
        code = hmac.new(SECRET.encode(), b".".join([event.encode(), timestamp.encode(), body]), hashlib.sha256).digest()
        headers = {
            "webhook-id": event,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{base64.b64encode(code).decode()}",
            "content-type": "application/json",
        }
        eventually(lambda: self._delivered(body, headers), seconds=60)

    def _delivered(self, body: bytes, headers: dict[str, str]) -> bool:
        try:
            address = f"{self.stack.url}/api/callbacks/simulator/"
            answer = httpx.post(address, content=body, headers=headers, timeout=4, trust_env=False)
        except httpx.TransportError:
            return False
        return answer.status_code == 204

    def _park(self) -> None:
        payout = self._create(self.acme, "processing", "completed", metadata={"simulator": "lose:hide:600"})
        row_id = from_text("po", payout)
        eventually(lambda: self.acme.read(payout)["progress"] == "unknown", seconds=60)
        self.superuser.execute(
            "UPDATE payouts_payoutattempt SET claims = 5, next_inquiry_at = now() WHERE payout_id = %s", [row_id]
        )
