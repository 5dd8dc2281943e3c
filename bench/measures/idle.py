"""Measures 7 and 10: the whole stack with little or nothing to do."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from contextlib import closing

import psycopg

from bench.figures import Comparison
from bench.load import PATH
from bench.refusal import BenchmarkRefused
from bench.rig import EMPTY, Database, Rig, new_key
from bench.seeding import body
from bench.sizes import Size
from bench.stacks import start_stack

PAUSE_SECONDS = 0.05
"""Between a payout's end and the next, so that each finds everybody at rest."""


def latency(rig: Rig, size: Size) -> list[Comparison]:
    """Milliseconds from the answer to a create to the payout's end, one payout at a time."""
    rounds = []
    with rig.database("payouts_alone", EMPTY) as database:
        environment = rig.service_environment(database)
        key = new_key(environment, "bench")
        processes, port = start_stack(rig, environment)
        with (
            rig.processes.during(*processes),
            closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as api,
            psycopg.connect(database.owner_url, autocommit=True) as tables,
        ):
            for number in range(size.rounds + 1):
                taken = sorted(_pay_one(api, tables, key, number) for _ in range(size.alone))
                if number:  # The first round warms up.
                    rounds.append(taken)
        rig.audit(environment)
    title, peer = "create to completed, alone", "the connector's own time, 0"
    p50, p99 = [statistics.median(taken) for taken in rounds], [taken[len(taken) * 99 // 100] for taken in rounds]
    return [
        Comparison(7, f"{title}, p50", peer, "ms", p50, None, "at most", None, None),
        Comparison(7, f"{title}, p99", peer, "ms", p99, None, "at most", 300, 60),
    ]


def at_rest(rig: Rig, size: Size) -> list[Comparison]:
    """Percent of one core that the stack takes with PostgreSQL and Redis, and its transactions a second."""
    percent, transactions = [], []
    with rig.database("payouts_idle", EMPTY) as database:
        environment = rig.service_environment(database)
        processes, _ = start_stack(rig, environment)
        with rig.processes.during(*processes):
            time.sleep(size.rest_seconds)
            for _ in range(size.rounds):
                cpu, committed, started = rig.processes.cpu_seconds(), _committed(database), time.monotonic()
                time.sleep(size.rest_seconds)
                seconds = time.monotonic() - started
                percent.append((rig.processes.cpu_seconds() - cpu) / seconds * 100)
                transactions.append((_committed(database) - committed) / seconds)
    return [
        Comparison(10, "at rest: processor, all processes", "", "% of a core", percent, None, "at most", 3, 1),
        Comparison(10, "at rest: transactions", "", "a second", transactions, None, "at most", None, None),
    ]


def _pay_one(
    api: http.client.HTTPConnection, tables: psycopg.Connection[tuple[object, ...]], key: str, number: int
) -> float:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    api.request("POST", PATH, body=json.dumps(body(number)), headers=headers)
    answer = api.getresponse()
    text = answer.read()
    answered = time.perf_counter()
    if answer.status != http.HTTPStatus.CREATED:
        raise BenchmarkRefused(f"A create was answered with {answer.status}: {text.decode()[:300]}")
    while tables.execute("SELECT FROM payouts_payout WHERE finished_at IS NULL").fetchone() is not None:
        if time.perf_counter() - answered > 30:  # noqa: PLR2004  # Seconds; then nobody pays.
            raise BenchmarkRefused("A payout was not completed within 30 seconds.")
        time.sleep(0.001)
    taken = time.perf_counter() - answered
    time.sleep(PAUSE_SECONDS)
    return taken * 1000


def _committed(database: Database) -> int:
    [(committed,)] = database.rows("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
    return int(committed)
