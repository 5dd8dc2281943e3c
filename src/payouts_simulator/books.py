"""The bank's books: a SQLite file that holds every payment it was asked for and every effect it had.

Two tables on purpose. ``payment`` is what the bank remembers of a reference; ``effect`` is money that left, one row
each time, and nothing in it forbids a second row for one reference: a test that looks for double payments must be able
to find one.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS payment (
    reference TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    provider_reference TEXT NOT NULL UNIQUE,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'accepted' CHECK (status IN ('accepted', 'confirmed', 'rejected')),
    rejection TEXT,
    due_at REAL,
    CHECK ((status = 'accepted') = (due_at IS NOT NULL))
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS payment_due ON payment (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS effect (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    booked_at REAL NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Order:
    """A payment as it was asked for, and its fate after ``delay_seconds``: a ``rejection``, or None for a confirmation.

    ``fingerprint`` stands for the whole request; the recipient is not kept.
    """

    reference: str
    fingerprint: bytes
    amount: str
    currency: str
    rejection: str | None
    delay_seconds: float


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the books know it now; ``rejection`` is the bank's code, set once it is rejected."""

    reference: str
    fingerprint: bytes
    provider_reference: str
    amount: str
    currency: str
    status: str
    rejection: str | None


class Books:
    """The file, opened by one thread and used by that thread alone."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")  # A commit is on the disk before anybody is told of it.
        self._database.executescript(_SCHEMA)

    def record(self, orders: Sequence[Order]) -> list[tuple[Payment, bool]]:
        """Book these orders in one commit; for each, the payment of its reference and whether this order made it."""
        with self._transaction() as now:
            return [self._record(order, now) for order in orders]

    def find(self, reference: str) -> Payment | None:
        """The payment of this reference in its present state."""
        with self._transaction():
            row = self._row(reference)
            return None if row is None else _payment(row)

    def effects(self, after: int, limit: int) -> list[dict[str, Any]]:
        """At most ``limit`` effects in the order of booking, from behind the one with the id ``after``."""
        with self._transaction():
            rows = self._database.execute("SELECT * FROM effect WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
            return [dict(row) for row in rows]

    def summary(self) -> dict[str, Any]:
        """How many effects there are, of how many references, and their sum in each currency as a decimal string."""
        with self._transaction():
            effects, references = self._database.execute(
                "SELECT COUNT(*), COUNT(DISTINCT reference) FROM effect"
            ).fetchone()
            groups = self._database.execute(
                "SELECT currency, amount, COUNT(*) FROM effect GROUP BY currency, amount ORDER BY currency"
            ).fetchall()
        sums: dict[str, Decimal] = {}
        for currency, amount, count in groups:  # Added up here: SQLite's sums are floats or overflow.
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(amount) * count
        return {
            "effects": effects,
            "distinct_references": references,
            "sums": {currency: format(total, "f") for currency, total in sums.items()},
        }

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[float]:
        """One commit, after the payments that have come due meanwhile are ended. Gives the time, in Unix seconds."""
        now = time.time()
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._end_due(now)
            yield now

    def _end_due(self, now: float) -> None:
        due = self._database.execute(
            "SELECT reference, rejection FROM payment WHERE due_at <= ? ORDER BY due_at", (now,)
        ).fetchall()
        for reference, rejection in due:
            self._end(reference, rejection, now)

    def _record(self, order: Order, now: float) -> tuple[Payment, bool]:
        is_new = bool(
            self._database.execute(
                "INSERT INTO payment (reference, fingerprint, provider_reference, amount, currency, rejection, due_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO NOTHING",
                (
                    order.reference,
                    order.fingerprint,
                    f"sim_{secrets.token_hex(10)}",
                    order.amount,
                    order.currency,
                    order.rejection,
                    now + order.delay_seconds,
                ),
            ).rowcount
        )
        if is_new and order.delay_seconds == 0:
            self._end(order.reference, order.rejection, now)
        return _payment(self._row(order.reference)), is_new

    def _end(self, reference: str, rejection: str | None, now: float) -> None:
        status = "confirmed" if rejection is None else "rejected"
        self._database.execute("UPDATE payment SET status = ?, due_at = NULL WHERE reference = ?", (status, reference))
        if rejection is None:
            self._database.execute(
                "INSERT INTO effect (reference, provider_reference, amount, currency, booked_at)"
                " SELECT reference, provider_reference, amount, currency, ? FROM payment WHERE reference = ?",
                (now, reference),
            )

    def _row(self, reference: str) -> Any:
        return self._database.execute("SELECT * FROM payment WHERE reference = ?", (reference,)).fetchone()


def _payment(row: sqlite3.Row) -> Payment:
    return Payment(
        reference=row["reference"],
        fingerprint=row["fingerprint"],
        provider_reference=row["provider_reference"],
        amount=row["amount"],
        currency=row["currency"],
        status=row["status"],
        rejection=row["rejection"] if row["status"] == "rejected" else None,
    )
