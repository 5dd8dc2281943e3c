"""Measures 11 and 12: whether a process that has worked for long holds more memory than one that has just begun."""

from __future__ import annotations

from collections.abc import Callable

from bench.backlog import wait_for_none
from bench.figures import Comparison
from bench.load import Creates, send
from bench.processes import Process
from bench.rig import EMPTY, Database, Rig, new_key, run
from bench.sizes import Size
from bench.stacks import start_web, start_worker

TENTHS = 10
LOAD_SECONDS = 10


def of_worker(rig: Rig, size: Size) -> list[Comparison]:
    """MiB that the largest process of the worker holds after so many payouts, beside a tenth of them."""
    with rig.database("payouts_paid", EMPTY) as database:
        environment = rig.service_environment(database)
        worker = start_worker(rig, environment)
        with rig.processes.during(worker):

            def pay(tenth: int) -> None:
                command = ["python", "-m", "bench.seeding", str(size.remembered // TENTHS), "--name", f"tenth {tenth}"]
                run(command, environment)
                wait_for_none(database, "SELECT FROM payouts_payout WHERE finished_at IS NULL")

            lines = _compare(11, "worker", worker, pay, size)
        rig.audit(environment)
    return lines


def of_web(rig: Rig, size: Size) -> list[Comparison]:
    """MiB that the largest web process holds after so many creates, beside a tenth of them."""
    with rig.database("payouts_asked_for", EMPTY) as database:
        environment = rig.service_environment(database)
        key = new_key(environment, "bench")
        web, port = start_web(rig, environment)
        with rig.processes.during(web):

            def create(_tenth: int) -> None:
                wanted = _payouts(database) + size.remembered // TENTHS
                while _payouts(database) < wanted:
                    send(Creates(port, "nested", key), LOAD_SECONDS)

            lines = _compare(12, "web", web, create, size)
        rig.audit(environment)
    return lines


def _compare(measure: int, name: str, process: Process, work: Callable[[int], None], size: Size) -> list[Comparison]:
    held = []
    for tenth in range(TENTHS):
        work(tenth)
        held.append(process.resident_mib())
    title, peer = f"memory of the {name} after {size.remembered:,}", f"after {size.remembered // TENTHS:,}"
    return [Comparison(measure, title, peer, "MiB", [held[-1]], [held[0]], "at most", 1.1, 1.02, gated=False)]


def _payouts(database: Database) -> int:
    [(number,)] = database.rows("SELECT count(*) FROM payouts_payout")
    return int(number)
