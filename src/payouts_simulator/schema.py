"""The tables of the books, and how the file is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

_VERSION: Final = 2

_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS reference (  -- Every reference that was ever named here, and how often.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    scenario TEXT,
    submits INTEGER NOT NULL DEFAULT 0,
    inquiries INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS payment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    provider_reference TEXT NOT NULL UNIQUE,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    scenario TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'accepted' CHECK (status IN ('accepted', 'confirmed', 'rejected', 'returned')),
    rejection TEXT,
    visible_at REAL NOT NULL,
    forgotten INTEGER NOT NULL DEFAULT 0,
    CHECK ((status = 'rejected') = (rejection IS NOT NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS payment_remembered ON payment (reference) WHERE forgotten = 0;
CREATE TABLE IF NOT EXISTS step (  -- What will happen to a payment, and when. A step that was taken is gone.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id INTEGER NOT NULL REFERENCES payment (id),
    verb TEXT NOT NULL,
    due_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS step_due ON step (due_at);
CREATE TABLE IF NOT EXISTS effect (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    booked_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS effect_reference ON effect (reference);
CREATE TABLE IF NOT EXISTS return (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    booked_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS callback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    forged INTEGER NOT NULL,
    due_at REAL,
    tries INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given_up'))
);
CREATE INDEX IF NOT EXISTS callback_due ON callback (due_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS callback_reference ON callback (reference);
PRAGMA user_version = {_VERSION};
COMMIT;
"""


def open_books(path: Path) -> sqlite3.Connection:
    """The books in this file, made if it does not exist.

    Raises sqlite3.Error where the file cannot be used, or where another version of this program wrote it.
    """
    database = sqlite3.connect(path, isolation_level=None)
    database.row_factory = sqlite3.Row
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if tables and version != _VERSION:
        database.close()
        raise sqlite3.DatabaseError("another version of the simulated provider wrote them")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")  # A commit is on the disk before anybody is told of it.
    database.executescript(_SCHEMA)
    return database
