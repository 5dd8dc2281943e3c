"""Measure 1: ``POST /api/payouts/``, over 16 connections, beside three plain services.

Ours finds the API key and counts the request, keeps the Idempotency-Key, writes the payout with its details sealed and
an event, commits, and gives a hint. No worker runs on either side: what they queue stays in Redis.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.figures import Comparison
from bench.load import Answered, Creates, send, warm_up
from bench.rig import EMPTY, Database, Rig, new_key
from bench.sizes import Size
from bench.stacks import plain_template, start_fastapi, start_plain_web, start_web

OURS = "ours"
PLAIN = "plain DRF, Django's default connections"
PERSISTENT = "plain DRF, persistent connections"
BARE = "FastAPI and asyncpg, bare insert"
LIMITS = {PLAIN: (6.0, 10.0), PERSISTENT: (1.6, 2.5), BARE: (0.6, 1.0)}


def run(rig: Rig, size: Size) -> list[Comparison]:
    """Creates a second, in rounds of all four in turn.

    After the warm-up PostgreSQL is told to look at its tables, as it does by itself within their first minute: a plan
    made for empty tables may walk all of them.
    """
    answered: dict[str, list[Answered]] = defaultdict(list)
    with _targets(rig) as targets:
        for creates, database in targets.values():
            warm_up(creates, size.warm_up_seconds)
            database.rows("ANALYZE")
        for _ in range(size.create_rounds):
            for name, (creates, _) in targets.items():
                answered[name].append(send(creates, size.load_seconds))
    per_second = {name: [one.per_second for one in every] for name, every in answered.items()}
    return [
        Comparison(
            1,
            "create",
            peer,
            "creates/s",
            per_second[OURS],
            per_second[peer],
            "at least",
            floor,
            goal,
            gated=peer != PERSISTENT,  # Its clients happen to meet in one of its two processes, or not: half or double.
        )
        for peer, (floor, goal) in LIMITS.items()
    ]


@contextmanager
def _targets(rig: Rig) -> Iterator[dict[str, tuple[Creates, Database]]]:
    """All four services, answering; ours is audited at the end."""
    with ExitStack() as stack:
        database = stack.enter_context(rig.database("payouts_created", EMPTY))
        environment = rig.service_environment(database)
        key = new_key(environment, "bench")
        web, port = start_web(rig, environment)
        stack.enter_context(rig.processes.during(web))
        targets = {OURS: (Creates(port, "nested", key), database)}
        for broker, (name, keeps) in enumerate({PLAIN: False, PERSISTENT: True}.items(), start=1):
            plain = stack.enter_context(rig.database(f"plain_{broker}", plain_template(rig)))
            peer_environment = rig.peer_environment(plain, broker=broker, keeps_connections=keeps)
            web, port = start_plain_web(rig, name, peer_environment)
            stack.enter_context(rig.processes.during(web))
            targets[name] = (Creates(port, "flat"), plain)
        bare = stack.enter_context(rig.database("bare", "template0"))
        web, port = start_fastapi(rig, bare)
        stack.enter_context(rig.processes.during(web))
        targets[BARE] = (Creates(port, "flat"), bare)
        yield targets
        rig.audit(environment)
