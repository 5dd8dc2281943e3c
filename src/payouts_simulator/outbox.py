"""The callbacks that the bank owes, and those that it sent: rows in its books, so that no kill loses one."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from payouts_simulator.scenarios import REJECTIONS, Scenario

RETRY_SECONDS: Final = (0.5, 2.0, 5.0, 15.0, 60.0)
"""The pauses before the second and each later try. A callback that fails once more than this is given up."""

COPIES: Final = 3


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that is due. ``forged``: somebody else sends it, who does not know the secret."""

    id: int
    event_id: str
    reference: str
    body: str
    forged: bool


@dataclass(frozen=True, slots=True)
class Try:
    """One try to deliver: what came back, in a word, and whether it was a 2xx."""

    id: int
    answer: str
    delivered: bool


def add(database: sqlite3.Connection, payment: Any, scenario: Scenario, now: float) -> None:
    """Tell of the payment's present state, as its scenario says."""
    confirmed = payment["status"] == "confirmed"
    has_another = confirmed and (scenario.return_seconds is not None or scenario.contradict_seconds is not None)
    held = has_another and "reversed" in scenario.callbacks
    event_id, body = _event(payment, payment["status"], payment["rejection"], now)
    for _ in range(COPIES if "thrice" in scenario.callbacks else 1):
        _insert(database, payment["reference"], event_id, body, due_at=None if held else now)
    if "forged" in scenario.callbacks:
        status, rejection = ("rejected", "refused") if confirmed else ("confirmed", None)
        event_id, body = _event(payment, status, rejection, now)
        _insert(database, payment["reference"], event_id, body, due_at=now, forged=True)


def due(database: sqlite3.Connection, now: float, reference: str | None = None) -> list[Callback]:
    """The callbacks to send now, in the order in which they came due; of one reference, or of all."""
    rows = database.execute(
        "SELECT id, event_id, reference, body, forged FROM callback"
        " WHERE state = 'waiting' AND due_at <= ? AND reference = COALESCE(?, reference)"
        " ORDER BY due_at, id LIMIT 1000",
        (now, reference),
    )
    return [Callback(**{**row, "forged": bool(row["forged"])}) for row in map(dict, rows)]


def record(database: sqlite3.Connection, tries: Sequence[Try], now: float) -> None:
    """Write down what came of these tries: delivered, given up, or to be tried again.

    A callback that was held, so that a later one overtakes it, comes due when that one has been tried.
    """
    for one in tries:
        row = database.execute("SELECT tries, forged, reference FROM callback WHERE id = ?", (one.id,)).fetchone()
        last = bool(row["forged"]) or row["tries"] >= len(RETRY_SECONDS)  # A forger does not insist.
        state = "delivered" if one.delivered else "given_up" if last else "waiting"
        due_at = now + RETRY_SECONDS[row["tries"]] if state == "waiting" else None
        database.execute(
            "UPDATE callback SET state = ?, due_at = ?, tries = tries + 1, last_answer = ? WHERE id = ?",
            (state, due_at, one.answer, one.id),
        )
        if not row["forged"]:
            database.execute(
                "UPDATE callback SET due_at = ? WHERE reference = ? AND due_at IS NULL AND state = 'waiting'",
                (now, row["reference"]),
            )


def _event(payment: Any, status: str, rejection: str | None, now: float) -> tuple[str, str]:
    """The id and the body of an event."""
    event_id = f"evt_{secrets.token_hex(12)}"
    event = {
        "id": event_id,
        "type": f"payment.{status}",
        "timestamp": datetime.fromtimestamp(now, UTC).isoformat(),
        "data": {
            "reference": payment["reference"],
            "provider_reference": payment["provider_reference"],
            "amount": payment["amount"],
            "currency": payment["currency"],
            "rejection": rejection and {"code": rejection, "message": REJECTIONS[rejection]},
        },
    }
    return event_id, json.dumps(event)


def _insert(
    database: sqlite3.Connection,
    reference: str,
    event_id: str,
    body: str,
    *,
    due_at: float | None,
    forged: bool = False,
) -> None:
    database.execute(
        "INSERT INTO callback (event_id, reference, type, body, forged, due_at) VALUES (?, ?, ?, ?, ?, ?)",
        (event_id, reference, json.loads(body)["type"], body, forged, due_at),
    )
