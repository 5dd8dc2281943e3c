"""Fills a database with finished payouts, fast, to measure what a table of millions costs.

    set -a; . .local/settings.env; set +a
    PYTHONPATH=src .venv/bin/python -m bench.growth 1000000 --url postgresql://owner:…@127.0.0.1/payouts

The service itself makes and pays one payout and cancels another (``bench/patterns.py``). Their rows are copied, table
by table, with ids, times and balances of their own: attempts, exchanges, events, entries, idempotency keys and the
days' usage. So a new column needs no word here, and `payouts audit` finds nothing. Of fifty payouts one was canceled.

What is sealed is of the right size and does not open: it is sealed for the row that it was copied from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import click
import psycopg
from psycopg import sql
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

AT_ONCE: Final = 50_000
ONE_CANCELED_IN: Final = 50
RECIPIENTS: Final = 100_000
"""How many accounts the payouts go to, each as often as any other."""

# RFC 9562, version 7: milliseconds, then chance.
_UUID7: Final = (
    "(lpad(to_hex((extract(epoch FROM {at}) * 1000)::bigint), 12, '0') || '7'"
    " || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid"
)
# As kit/ids.py writes an id on the wire: 130 bits in Crockford's base 32.
_WIRE_ID: Final = "'po_' || " + " || ".join(
    f"substr('0123456789abcdefghjkmnpqrstvwxyz', substring(bits FROM {first} FOR 5)::int + 1, 1)"
    for first in range(1, 130, 5)
)
_WIRE_TIME: Final = "to_char({at} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
# ``rank`` counts those that were paid, and so moved money. OFFSET 0: each id is drawn once, not wherever it is used.
_MADE: Final = f"""
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT *, 'growth-' || payout_id AS external_id, {_WIRE_ID} AS wire_id,
       {_WIRE_TIME.format(at="at")} AS told_at, {_WIRE_TIME.format(at="claimed_at")} AS told_claimed_at,
       {_WIRE_TIME.format(at="ended_at")} AS told_ended_at,
       count(*) FILTER (WHERE pattern_id = %(paid)s) OVER (ORDER BY n) AS rank
  FROM (SELECT *, B'00' || ('x' || replace(payout_id::text, '-', ''))::bit(128) AS bits
          FROM (SELECT n, at, at + %(step)s / 4 AS claimed_at, at + %(step)s / 2 AS ended_at,
                       CASE WHEN n %% %(one_in)s = 0 THEN %(canceled)s ELSE %(paid)s END AS pattern_id,
                       {_UUID7.format(at="at")} AS payout_id, {_UUID7.format(at="at")} AS attempt_id
                  FROM (SELECT n, %(start)s + n * %(step)s AS at FROM generate_series(%(first)s, %(last)s) AS n) AS t
                OFFSET 0) AS drawn
        OFFSET 0) AS numbers
"""  # noqa: S608 - a fixed text
_BALANCES: Final = """
UPDATE ledger_account a SET balance = balance + d.change
  FROM (SELECT CASE t.kind WHEN 'hold' THEN %(available_id)s ELSE %(paid_out_id)s END AS id,
               CASE t.kind WHEN 'hold' THEN -t.amount ELSE t.amount END * (SELECT max(rank) FROM made) AS change
          FROM ledger_entry t WHERE t.subject_id = %(paid)s) AS d
 WHERE a.id = d.id
"""
_USAGE: Final = """
INSERT INTO payouts_usage AS u (tenant_id, currency, day, payouts, amount)
SELECT p.tenant_id, p.currency, p.claimed_on, count(*), sum(p.amount)
  FROM made m JOIN payouts_payout p ON p.id = m.payout_id WHERE p.claimed_on IS NOT NULL GROUP BY 1, 2, 3
    ON CONFLICT (tenant_id, currency, day)
    DO UPDATE SET payouts = u.payouts + excluded.payouts, amount = u.amount + excluded.amount
"""
_SIZES: Final = """
SELECT t.relname, '', pg_table_size(t.oid) FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE t.relkind = 'r' AND n.nspname = 'public' AND pg_total_relation_size(t.oid) > 2^20
 UNION ALL
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_relation_size(i.indexrelid)
  FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE n.nspname = 'public' AND pg_total_relation_size(t.oid) > 2^20
 ORDER BY 3 DESC
"""
_OF_VERSION: Final = "CASE t.sequence WHEN 1 THEN m.{0}at WHEN 2 THEN m.{0}claimed_at ELSE m.{0}ended_at END"


@dataclass(frozen=True)
class Table:
    """One table of copies: which column leads to the pattern's payout, and what a copy has of its own."""

    name: str
    of_pattern: str
    own: dict[str, str]
    """An SQL expression for each column that differs; ``t`` is the pattern's row, ``m`` what is made."""
    order: str = "m.n"


_TABLES: Final = (
    Table(
        "payouts_payout",
        "t.id",
        {
            "id": "m.payout_id",
            "tenant_id": "%(tenant)s",
            "recipient_index": "sha256(convert_to((m.n %% %(recipients)s)::text, 'UTF8'))",
            "external_id": "m.external_id",
            "ready_at": "m.at",
            "created_at": "m.at",
            "updated_at": "m.ended_at",
            "finished_at": "m.ended_at",
            "claimed_on": "CASE WHEN t.claimed_on IS NOT NULL THEN (m.claimed_at AT TIME ZONE 'UTC')::date END",
        },
    ),
    Table(
        "payouts_payoutattempt",
        "t.payout_id",
        {
            "id": "m.attempt_id",
            "payout_id": "m.payout_id",
            "reference": "replace(m.attempt_id::text, '-', '')",
            "provider_reference": "'instant_' || replace(m.attempt_id::text, '-', '')",
            "claim_token": "gen_random_uuid()",
            "submitted_at": "m.ended_at",
            "opened_at": "m.claimed_at",
            "closed_at": "m.ended_at",
        },
    ),
    Table(
        "payouts_exchange",
        "(SELECT a.payout_id FROM payouts_payoutattempt a WHERE a.id = t.attempt_id)",
        {"attempt_id": "m.attempt_id", "recorded_at": "m.ended_at"},
    ),
    Table(
        "events_event",
        "t.object_id",
        {
            "id": _UUID7.format(at="m.at"),
            "transaction_id": "pg_current_xact_id()",
            "tenant_id": "%(tenant)s",
            "object_id": "m.payout_id",
            "data": "t.data || jsonb_build_object('id', m.wire_id, 'external_id', m.external_id,"
            f" 'created_at', m.told_at, 'updated_at', {_OF_VERSION.format('told_')})",
            "occurred_at": _OF_VERSION.format(""),
        },
        order="m.n, t.sequence",
    ),
    Table(
        "ledger_entry",
        "t.subject_id",
        {
            "tenant_id": "%(tenant)s",
            "debit_id": "CASE t.kind WHEN 'hold' THEN %(available_id)s ELSE %(held_id)s END",
            "credit_id": "CASE t.kind WHEN 'hold' THEN %(held_id)s ELSE %(paid_out_id)s END",
            "debit_balance": "CASE t.kind WHEN 'hold' THEN %(available)s - m.rank * t.amount ELSE %(held)s END",
            "credit_balance": "CASE t.kind WHEN 'hold' THEN %(held)s + t.amount"
            " ELSE %(paid_out)s + m.rank * t.amount END",
            "subject_id": "m.payout_id",
            "at": "CASE t.kind WHEN 'hold' THEN m.claimed_at ELSE m.ended_at END",
        },
        order="m.n, t.id",
    ),
    Table(
        "idempotency_idempotencykey",
        "t.object_id",
        {
            "tenant_id": "%(tenant)s",
            "key": "gen_random_uuid()::text",
            "fingerprint": "sha256(convert_to(m.wire_id, 'UTF8'))",
            "object_id": "m.payout_id",
            "created_at": "m.at",
        },
    ),
)


class Refused(Exception):
    """The database is not one to fill: one sentence that says what to do."""


@dataclass(frozen=True)
class _Copies:
    """The patterns, and the chart that their copies move money in; ``accounts`` by kind."""

    tenant_id: UUID
    paid_id: UUID
    canceled_id: UUID
    accounts: dict[str, UUID]


def fill(
    url: str,
    payouts: int,
    *,
    tenant: str = "growth",
    days: float = 365,
    used_too: bool = False,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Add so many finished payouts to the tenant of this name, which is made where it is missing.

    They are spread evenly over the last ``days``, or over the time since the tenant's last entry where that is shorter:
    so a history can grow in steps. Nothing else may move this tenant's money meanwhile. ``url`` is that of the owner of
    the tables or of a superuser, for whom it is faster; the service's other settings are those of the environment.
    ``told`` hears how many there are after each set. Raises Refused where others' payouts are there, unless
    ``used_too``.
    """
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        if not used_too and _has_others(connection):
            raise Refused("Others' payouts are in this database: fill another, or say that you mean it (--used-too).")
        copies = _prepare(connection, url, tenant)
        start, step = _times(connection, copies, payouts, days)
        for first in range(1, payouts + 1, AT_ONCE):
            last = min(first + AT_ONCE - 1, payouts)
            with connection.transaction(), connection.cursor() as cursor:
                _add(cursor, copies, {"first": first, "last": last, "start": start, "step": step})
            told(last)
        for table in (*(table.name for table in _TABLES), "ledger_account", "payouts_usage"):
            connection.execute(f"VACUUM (ANALYZE) {table}")  # As autovacuum does in the months that this stands for.


def _has_others(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM payouts_payout WHERE tenant_id NOT IN"
        " (SELECT id FROM tenants_tenant WHERE name LIKE 'growth%'))"
    ).fetchone()
    return bool(row and row[0])


def _prepare(connection: psycopg.Connection[Any], url: str, tenant: str) -> _Copies:
    """Let the service make the patterns and the tenant with its chart."""
    environment = {**os.environ, "DATABASE_URL": url, "BENCHMARK": "true", "CONNECTORS": "instant"}
    environment["DEFAULT_CONNECTOR"] = "instant"
    made = subprocess.run(
        [sys.executable, "-m", "bench.patterns", tenant], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    told = json.loads(made.stdout)
    accounts = connection.execute(
        "SELECT kind, id FROM ledger_account WHERE tenant_id = %s AND currency = %s", [told["tenant"], told["currency"]]
    ).fetchall()
    return _Copies(UUID(told["tenant"]), UUID(told["paid"]), UUID(told["canceled"]), dict(accounts))


def _times(
    connection: psycopg.Connection[Any], copies: _Copies, payouts: int, days: float
) -> tuple[datetime, timedelta]:
    """When the first is made, and how long after it the next."""
    row = connection.execute(
        "SELECT greatest(now() - %s, (SELECT max(at) FROM ledger_entry WHERE debit_id = %s)), now()",
        [timedelta(days=days), copies.accounts["held"]],
    ).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM gives one row.
    start, now = row
    return start, (now - start) / (payouts + 1)


def _add(cursor: psycopg.Cursor[Any], copies: _Copies, numbers: dict[str, Any]) -> None:
    """One set, in the caller's transaction."""
    cursor.execute("SET LOCAL synchronous_commit = off")
    cursor.execute(
        "SELECT kind, balance FROM ledger_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [list(copies.accounts.values())],
    )
    given = {
        **numbers,
        **dict(cursor.fetchall()),
        **{f"{kind}_id": account_id for kind, account_id in copies.accounts.items()},
        "tenant": copies.tenant_id,
        "paid": copies.paid_id,
        "canceled": copies.canceled_id,
        "one_in": ONE_CANCELED_IN,
        "recipients": RECIPIENTS,
    }
    cursor.execute(_MADE, given)
    with _finished_let_in(cursor):
        for table in _TABLES:
            cursor.execute(_copy(cursor, table), given)
    cursor.execute(_BALANCES, given)
    cursor.execute(_USAGE, given)


@contextmanager
def _finished_let_in(cursor: psycopg.Cursor[Any]) -> Iterator[None]:
    """The table of moves lets a payout begin in ``created`` only: not so here, until the block ends."""
    if cursor.connection.info.parameter_status("is_superuser") == "on":
        cursor.execute("SET LOCAL session_replication_role = replica")  # Neither triggers nor foreign keys: faster.
        yield
    else:
        cursor.execute("ALTER TABLE payouts_payout DISABLE TRIGGER payout_starts_in_created")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # None may be pending when a table is changed.
        cursor.execute("ALTER TABLE payouts_payout ENABLE TRIGGER payout_starts_in_created")


def _copy(cursor: psycopg.Cursor[Any], table: Table) -> sql.Composed:
    """The INSERT of a table's copies: every column is the pattern's, but for those that are a copy's own."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attidentity = '' ORDER BY attnum",
        [table.name],
    )
    columns = [name for (name,) in cursor.fetchall()]
    values = [sql.SQL(table.own[name]) if name in table.own else sql.Identifier("t", name) for name in columns]
    return sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM made m JOIN"
        " (SELECT *, {of_pattern} AS copied_from FROM {table} t WHERE {of_pattern} IN (%(paid)s, %(canceled)s)) t"
        " ON t.copied_from = m.pattern_id ORDER BY {order}"
    ).format(
        table=sql.Identifier(table.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
        of_pattern=sql.SQL(table.of_pattern),
        order=sql.SQL(table.order),
    )


def sizes(connection: psycopg.Connection[Any]) -> list[tuple[str, str, int]]:
    """Table, index (empty: the table itself with its TOAST), bytes; what takes most first."""
    return connection.execute(_SIZES).fetchall()


@click.command()
@click.argument("payouts", type=click.IntRange(min=0))
@click.option("--url", required=True, help="The database, as the owner of its tables or as a superuser.")
@click.option("--tenant", default="growth", help="Whose they are.")
@click.option("--days", default=365.0, help="Over how many days up to now they are spread.")
@click.option("--used-too", is_flag=True, help="Also where others' payouts are in the database.")
def main(payouts: int, url: str, tenant: str, days: float, *, used_too: bool) -> None:
    """Add PAYOUTS finished payouts, then print what each table and index takes for one payout."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns) as progress:
            task = progress.add_task("payouts", total=payouts)
            fill(
                url,
                payouts,
                tenant=tenant,
                days=days,
                used_too=used_too,
                told=lambda number: progress.update(task, completed=number),
            )
    except Refused as error:
        raise click.ClickException(str(error)) from error
    with psycopg.connect(url) as connection:
        [(number,)] = connection.execute("SELECT count(*) FROM payouts_payout").fetchall()
        total = 0
        for table, index, taken in sizes(connection):
            total += taken
            click.echo(f"{table:28} {index:36} {taken / 2**20:10,.0f} MiB {taken / max(number, 1):8,.0f} B a payout")
        click.echo(f"{number} payouts, {total / 2**20:,.0f} MiB, {total / max(number, 1):,.0f} B a payout")


if __name__ == "__main__":
    main()
