"""Measure 5: lists and one payout, over HTTP, beside few and beside many payouts. One request after another."""

from __future__ import annotations

import http.client
import json
import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from bench.figures import Comparison
from bench.grown import TENANT, grown
from bench.refusal import BenchmarkRefused
from bench.rig import Rig, new_key
from bench.sizes import Size
from bench.stacks import start_web

LIST = "/api/payouts/"


@dataclass(frozen=True)
class Reader:
    """A client of one service: one connection, one API key."""

    connection: http.client.HTTPConnection
    key: str
    paths: dict[str, str] = field(default_factory=dict)
    """What is read, by its title."""

    def read(self, path: str) -> tuple[float, Any]:
        """The milliseconds that an answer takes, and the answer. Raises BenchmarkRefused where it is none."""
        started = perf_counter()
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {self.key}"})
        answer = self.connection.getresponse()
        body = answer.read()
        taken = (perf_counter() - started) * 1000
        if answer.status != http.HTTPStatus.OK:
            raise BenchmarkRefused(f"GET {path} was answered with {answer.status}: {body.decode()[:300]}")
        return taken, json.loads(body)

    def find_paths(self) -> None:
        """A first page, one from the middle of a year, a page of a filter, and one payout."""
        middle = (datetime.now(UTC) - timedelta(days=182)).strftime("%Y-%m-%dT%H:%M:%SZ")
        _, page = self.read(f"{LIST}?limit=1&created_at__lt={middle}")
        self.paths["first page"] = LIST
        self.paths["deep page"] = f"{LIST}?cursor={page['next_cursor']}"
        self.paths["page of one status"] = f"{LIST}?status=failed"
        self.paths["one payout"] = f"{LIST}{page['data'][0]['id']}/"


def run(rig: Rig, size: Size) -> list[Comparison]:
    """Milliseconds: the 99th percentile and the median of each round, many payouts beside few."""
    with ExitStack() as stack:
        few, many = (_reader(rig, payouts, stack) for payouts in (size.grown_from, size.grown))
        rounds: dict[str, list[tuple[list[float], list[float]]]] = {title: [] for title in few.paths}
        for number in range(size.rounds + 1):
            for title, pairs in rounds.items():
                pair = tuple(_times(reader, title, size.reads) for reader in (many, few))
                if number:  # The first round warms up.
                    pairs.append((pair[0], pair[1]))
    for payouts in (size.grown_from, size.grown):
        rig.audit(rig.service_environment(grown(rig, payouts)))
    return [line for title, pairs in rounds.items() for line in _lines(title, pairs, size)]


def _reader(rig: Rig, payouts: int, stack: ExitStack) -> Reader:
    environment = rig.service_environment(grown(rig, payouts))
    web, port = start_web(rig, environment)
    stack.enter_context(rig.processes.during(web))
    reader = Reader(http.client.HTTPConnection("127.0.0.1", port, timeout=60), new_key(environment, TENANT))
    stack.callback(reader.connection.close)
    reader.find_paths()
    return reader


def _times(reader: Reader, title: str, reads: int) -> list[float]:
    reader.connection.close()  # It may have been idle for longer than the server keeps one.
    reader.read(reader.paths[title])
    return sorted(reader.read(reader.paths[title])[0] for _ in range(reads))


def _lines(title: str, pairs: list[tuple[list[float], list[float]]], size: Size) -> list[Comparison]:
    percentiles: Mapping[str, tuple[Any, float | None, float | None]] = {
        "p99": (_p99, 1.5, 1.1),
        "median": (statistics.median, None, None),
    }
    return [
        Comparison(
            5,
            f"{title} of {size.grown:,}, {name}",
            f"of {size.grown_from:,}",
            "ms",
            [take(many) for many, _ in pairs],
            [take(few) for _, few in pairs],
            "at most",
            floor,
            goal,
            gated=name == "median",
        )
        for name, (take, floor, goal) in percentiles.items()
    ]


def _p99(ordered: list[float]) -> float:
    return ordered[len(ordered) * 99 // 100]
