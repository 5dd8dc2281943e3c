"""What the books show to those who look: lists, page by page, and totals. All read in one transaction each."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any, Final

from payouts_simulator.books import Books

_LISTS: Final[dict[str, str]] = {
    "effects": "SELECT * FROM effect WHERE id > :after",
    "returns": "SELECT * FROM return WHERE id > :after",
    "requests": "SELECT number AS id, reference, scenario, submits, inquiries FROM reference WHERE number > :after",
    "callbacks": (
        "SELECT id, event_id, reference, type, forged, tries, last_answer, state FROM callback WHERE id > :after"
    ),
}
LISTS: Final = tuple(_LISTS)

_EFFECTS_WITH_COUNT: Final = (
    "SELECT *, (SELECT COUNT(*) FROM effect AS e WHERE e.reference = effect.reference) AS times FROM effect"
)


def page(books: Books, name: str, after: int, limit: int, reference: str | None) -> list[dict[str, Any]]:
    """At most ``limit`` rows of a list of ``LISTS`` in the order of booking, from behind the one with the id ``after``.

    ``reference``: only what concerns this one, where given.
    """
    about = "" if reference is None else " AND reference = :reference"
    query = f"{_LISTS[name]}{about} ORDER BY id LIMIT :limit"
    with books.transaction() as (database, _):
        rows = database.execute(query, {"after": after, "reference": reference, "limit": limit})
        return [dict(row) for row in rows]


def summary(books: Books) -> dict[str, Any]:
    """The totals: counts, and sums of money by currency as decimal strings."""
    with books.transaction() as (database, _):
        effects, references = _row(database, "SELECT COUNT(*), COUNT(DISTINCT reference) FROM effect")
        submits, inquiries = _row(database, "SELECT TOTAL(submits), TOTAL(inquiries) FROM reference")
        return {
            "effects": effects,
            "distinct_references": references,
            "sums": _sums(database, "effect"),
            "returns": _row(database, "SELECT COUNT(*) FROM return")[0],
            "returned": _sums(database, "return"),
            "submits": int(submits),
            "inquiries": int(inquiries),
            "callbacks": {
                state: _row(database, "SELECT COUNT(*) FROM callback WHERE state = ?", state)[0]
                for state in ("waiting", "delivered", "given_up")
            },
        }


def latest_effects(books: Books, limit: int) -> list[dict[str, Any]]:
    """The last effects, the newest first, each with ``times``: how often its reference was paid."""
    with books.transaction() as (database, _):
        return [dict(row) for row in database.execute(f"{_EFFECTS_WITH_COUNT} ORDER BY id DESC LIMIT ?", (limit,))]


def double_effects(books: Books, limit: int) -> list[dict[str, Any]]:
    """The first effects of references that were paid more than once, grouped by reference."""
    query = f"{_EFFECTS_WITH_COUNT} WHERE times > 1 ORDER BY reference, id LIMIT ?"
    with books.transaction() as (database, _):
        return [dict(row) for row in database.execute(query, (limit,))]


def _row(database: sqlite3.Connection, query: str, *given: str) -> Any:
    return database.execute(query, given).fetchone()


def _sums(database: sqlite3.Connection, table: str) -> dict[str, str]:
    groups = database.execute(
        f"SELECT currency, amount, COUNT(*) FROM {table} GROUP BY currency, amount ORDER BY currency"  # noqa: S608 - the table is one of ours
    ).fetchall()
    sums: dict[str, Decimal] = {}
    for currency, amount, count in groups:  # Added up here: SQLite's sums are floats or overflow.
        sums[currency] = sums.get(currency, Decimal(0)) + Decimal(amount) * count
    return {currency: format(total, "f") for currency, total in sums.items()}
