"""The bank's books: a SQLite file that holds every payment it was asked for and every effect it had.

Two tables on purpose. ``payment`` is what the bank remembers of a reference; ``effect`` is money that left, one row
each time, and nothing in it forbids a second row for one reference: a test that looks for double payments must be able
to find one.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from payouts_simulator import outbox, scenarios
from payouts_simulator.faults import FAULTS
from payouts_simulator.scenarios import Scenario
from payouts_simulator.schema import open_books


@dataclass(frozen=True, slots=True)
class Order:
    """A payment as it was asked for. ``fingerprint`` stands for the whole request; the recipient is not kept.

    ``scenario`` gives the text of its scenario from the number of its reference. Asked at the first submit only.
    """

    reference: str
    fingerprint: bytes
    amount: str
    currency: str
    scenario: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question about a reference."""

    reference: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the books know it now; ``rejection`` is the bank's code, set exactly where it is rejected."""

    reference: str
    fingerprint: bytes
    provider_reference: str
    amount: str
    currency: str
    scenario: str
    status: str
    rejection: str | None


@dataclass(frozen=True, slots=True)
class Served:
    """What a request found. ``payment``: None where none is booked, or none shows yet.

    ``is_new``: this request booked it. ``fault``: the fault of ``FAULTS`` that strikes its answer, or None.
    """

    payment: Payment | None
    is_new: bool = False
    fault: str | None = None
    early: bool = False


class Books:
    """The file, opened by one thread and used by that thread alone.

    ``calls_back``: whether what becomes of payments is put into the outbox from now on.
    """

    def __init__(self, path: Path) -> None:
        self._database = open_books(path)
        self.calls_back = False

    def serve(self, requests: Sequence[Order | Inquiry]) -> list[Served]:
        """Book these orders and answer these questions in one commit, in which all are counted."""
        with self.transaction() as (_, now):
            return [
                self._submit(request, now) if isinstance(request, Order) else self._inquire(request, now)
                for request in requests
            ]

    def call_back(self, calls_back: bool) -> None:  # noqa: FBT001 - a setter of one field
        """Set ``calls_back``."""
        self.calls_back = calls_back

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[tuple[sqlite3.Connection, float]]:
        """One commit, after the steps that have come due meanwhile. Gives the file, and the time in Unix seconds."""
        now = time.time()
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._take_due_steps(now)
            yield self._database, now

    def _submit(self, order: Order, now: float) -> Served:
        heard = self._hear_of(order.reference, "submits")
        text = heard["scenario"]
        if text is None:
            text = order.scenario(heard["number"])
            self._database.execute("UPDATE reference SET scenario = ? WHERE number = ?", (text, heard["number"]))
        scenario = scenarios.parse(text)
        fault = FAULTS[scenario.fault] if scenario.fault else None
        strikes = fault is not None and (heard["submits"] == 1 or fault.always)
        is_new = self._row(order.reference) is None and not (fault is not None and strikes and not fault.books)
        if is_new:
            self._book(order, text, scenario, now)
        row = self._row(order.reference)
        return Served(
            payment=None if row is None else _payment(row),
            is_new=is_new,
            fault=scenario.fault if strikes else None,
            early="early" in scenario.callbacks,
        )

    def _inquire(self, inquiry: Inquiry, now: float) -> Served:
        self._hear_of(inquiry.reference, "inquiries")
        row = self._row(inquiry.reference)
        return Served(None if row is None or now < row["visible_at"] else _payment(row))

    def _hear_of(self, reference: str, how: str) -> Any:
        """Count a request; the row of its reference."""
        more = f"UPDATE reference SET {how} = {how} + 1 WHERE reference = ? RETURNING *"  # noqa: S608 - `how` is ours
        row = self._database.execute(more, (reference,)).fetchone()
        if row is not None:
            return row
        first = f"INSERT INTO reference (reference, {how}) VALUES (?, 1) RETURNING *"  # noqa: S608 - `how` is ours
        return self._database.execute(first, (reference,)).fetchone()

    def _book(self, order: Order, text: str, scenario: Scenario, now: float) -> None:
        (payment_id,) = self._database.execute(
            "INSERT INTO payment (reference, fingerprint, provider_reference, amount, currency, scenario, visible_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                order.reference,
                order.fingerprint,
                f"sim_{secrets.token_hex(10)}",
                order.amount,
                order.currency,
                text,
                now + scenario.hide_seconds,
            ),
        ).fetchone()
        verb = "confirm" if scenario.rejection is None else f"reject:{scenario.rejection}"
        if scenario.forget_seconds is not None:
            self._plan(payment_id, "forget", now + scenario.forget_seconds)
        if scenario.delay_seconds:
            self._plan(payment_id, verb, now + scenario.delay_seconds)
        else:
            self._take(payment_id, verb, now)

    def _plan(self, payment_id: int, verb: str, due_at: float) -> None:
        self._database.execute(
            "INSERT INTO step (payment_id, verb, due_at) VALUES (?, ?, ?)", (payment_id, verb, due_at)
        )

    def _take_due_steps(self, now: float) -> None:
        first = "SELECT id FROM step WHERE due_at <= ? ORDER BY due_at, id LIMIT 1"
        due = f"DELETE FROM step WHERE id = ({first}) RETURNING *"  # noqa: S608 - both parts are ours
        while (step := self._database.execute(due, (now,)).fetchone()) is not None:
            self._take(step["payment_id"], step["verb"], now)

    def _take(self, payment_id: int, verb: str, now: float) -> None:
        verb, _, code = verb.partition(":")
        if verb == "forget":
            self._database.execute("UPDATE payment SET forgotten = 1 WHERE id = ?", (payment_id,))
            return
        status = {"confirm": "confirmed", "reject": "rejected", "return": "returned"}[verb]
        payment = self._database.execute(
            "UPDATE payment SET status = ?, rejection = ? WHERE id = ? RETURNING *", (status, code or None, payment_id)
        ).fetchone()
        scenario = scenarios.parse(payment["scenario"])
        if verb == "confirm":
            self._move_money("effect", payment, now)
            if scenario.return_seconds is not None:
                self._plan(payment_id, "return", now + scenario.return_seconds)
            if scenario.contradict_seconds is not None:
                self._plan(payment_id, "reject:refused", now + scenario.contradict_seconds)
        if verb == "return":
            self._move_money("return", payment, now)
        if self.calls_back:
            outbox.add(self._database, payment, scenario, now)

    def _move_money(self, table: str, payment: Any, now: float) -> None:
        self._database.execute(
            f"INSERT INTO {table} (reference, provider_reference, amount, currency, booked_at)"  # noqa: S608 - the table is one of ours
            " VALUES (?, ?, ?, ?, ?)",
            (payment["reference"], payment["provider_reference"], payment["amount"], payment["currency"], now),
        )

    def _row(self, reference: str) -> Any:
        """The payment that is remembered under this reference, or None."""
        query = "SELECT * FROM payment WHERE reference = ? AND forgotten = 0"
        return self._database.execute(query, (reference,)).fetchone()


def _payment(row: sqlite3.Row) -> Payment:
    return Payment(**{name: row[name] for name in Payment.__dataclass_fields__})
