"""A backlog of ready payouts, made once and drained as often as there are rounds, each time in a copy of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Final

import psycopg

from bench import hints
from bench.refusal import BenchmarkRefused
from bench.rig import EMPTY, Database, Rig, run
from bench.stacks import start_worker

LONGEST_SECONDS: Final = 600
_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Backlog:
    """A database full of ready payouts, and the hints that their creates left."""

    rig: Rig
    template: str
    payouts: int
    messages: list[bytes]

    def drain(self, *, processes: int = 2, **settings: str) -> float:
        """Payouts a second, from the first claim to the last commit. Raises BenchmarkRefused where the audit does.

        ``settings`` are the service's. What it takes to start the worker is not counted.
        """
        with self.rig.database("payouts_drained", self.template) as database:
            environment = self.rig.service_environment(database, **settings)
            hints.give(self.rig.broker_url(0), self.messages)
            with self.rig.processes.during(start_worker(self.rig, environment, processes=processes)):
                ended = wait_for_none(database, "SELECT FROM payouts_payout WHERE finished_at IS NULL")
            [(began,)] = database.rows("SELECT extract(epoch FROM min(opened_at))::float8 FROM payouts_payoutattempt")
            [(completed,)] = database.rows("SELECT count(*) FROM payouts_payout WHERE status = 'completed'")
            if completed != self.payouts:
                raise BenchmarkRefused(f"Of {self.payouts} payouts {completed} were completed.")
            self.rig.audit(environment)
        return self.payouts / (ended - float(began))


@cache
def backlog(rig: Rig, payouts: int, *, tenants: int = 1) -> Backlog:
    """So many ready payouts of so many tenants, made at the first call."""
    name = f"payouts_ready_{payouts}_{tenants}"
    database = rig.make_database(name, EMPTY)
    hints.give(rig.broker_url(0), [])
    run(["python", "-m", "bench.seeding", str(payouts), "--tenants", str(tenants)], rig.service_environment(database))
    return Backlog(rig, name, payouts, hints.kept(rig.broker_url(0)))


def wait_for_none(database: Database, query: str) -> float:
    """PostgreSQL's time (seconds since 1970) when the query first finds no row. Raises BenchmarkRefused if never."""
    question = f"SELECT extract(epoch FROM clock_timestamp())::float8, EXISTS ({query})"  # noqa: S608 - a fixed text
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        deadline = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < deadline:
            row = connection.execute(question.encode()).fetchone()
            assert row is not None  # noqa: S101 - a SELECT without FROM gives one row.
            if not row[1]:
                return float(row[0])
            time.sleep(_LOOK_SECONDS)
    raise BenchmarkRefused(f"A backlog was not drained within {LONGEST_SECONDS} seconds.")
