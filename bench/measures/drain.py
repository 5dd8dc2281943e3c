"""Measure 2: ready payouts to ``completed``, by two worker processes, with a connector that answers at once.

Attempts, holds, postings, exchanges and events are written. The peer has a task for each payout, which takes the row
under its lock, commits, and commits again when it is paid; it keeps neither attempts nor books.
"""

from __future__ import annotations

from collections import defaultdict

from bench.backlog import backlog, wait_for_none
from bench.figures import Comparison
from bench.rig import Rig, run as run_command
from bench.sizes import Size
from bench.stacks import plain_template, start_plain_worker

PLAIN = "plain Celery, Django's default connections"
PERSISTENT = "plain Celery, persistent connections"


def run(rig: Rig, size: Size) -> list[Comparison]:
    """Payouts a second, in rounds of ours and the peers in turn."""
    ours: list[float] = []
    peers: dict[str, list[float]] = defaultdict(list)
    ready = backlog(rig, size.drained)
    for _ in range(size.rounds):
        ours.append(ready.drain())
        for name, keeps in ((PLAIN, False), (PERSISTENT, True)):
            peers[name].append(_drain_plain(rig, name, size.drained_by_peer, keeps_connections=keeps))
    return [
        Comparison(2, "drain", PLAIN, "payouts/s", ours, peers[PLAIN], "at least", 15, 40),
        Comparison(2, "drain", PERSISTENT, "payouts/s", ours, peers[PERSISTENT], "at least", None, None),
    ]


def _drain_plain(rig: Rig, name: str, payouts: int, *, keeps_connections: bool) -> float:
    with rig.database("plain_drained", plain_template(rig)) as database:
        environment = rig.peer_environment(database, broker=3, keeps_connections=keeps_connections)
        run_command(["python", "-m", "bench.peers.plain_drf.backlog", str(payouts)], environment)
        with rig.processes.during(start_plain_worker(rig, name, environment)):
            ended = wait_for_none(database, "SELECT FROM plain_drf_payout WHERE status <> 'completed'")
        [(began,)] = database.rows("SELECT extract(epoch FROM min(started_at))::float8 FROM plain_drf_payout")
    return payouts / (ended - float(began))
