"""``python -m tests.torture``, or ``make torture``: payouts under random faults, then a verdict.

A stack of its own comes up in a temporary folder; clients ask for payouts at a steady rate; faults strike one at a
time, in an order that the seed gives. Then everything is healed, all payouts settle, and the clients' notes, PostgreSQL
and the provider's books are compared. Exit 1 where a payout was lost, paid twice or cannot be explained.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import secrets
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

import click

from tests.torture import disk, faults, judge, report, rig as rigs
from tests.torture.faults import Fault
from tests.torture.judge import Finding
from tests.torture.load import Load
from tests.torture.report import Run, Window
from tests.torture.rig import ROOT, Rig
from tests.torture.strikes import Scene

COUNT: Final = 3000
SECONDS: Final = 230.0
_FAULT_SETTLES_SECONDS: Final = 45
_END_SETTLES_SECONDS: Final = 120
_AT_MOST_TIMES: Final = 1.3
_INTERRUPTED: Final = 130
_NUMBERS: Final = re.compile(r"[0-9a-f-]{36}|[0-9]{2,}")
"""What makes two lines of one event differ: ids, process ids, counts."""


@click.command()
@click.option("--count", default=COUNT, show_default=True, type=click.IntRange(1, 1_000_000), help="Payouts.")
@click.option(
    "--seconds", type=click.FloatRange(10, 86_400), help=f"They are spread over this time; {SECONDS:.0f} for {COUNT}."
)
@click.option("--seed", type=click.IntRange(0), help="Of everything left to chance; by default a new one.")
@click.option("--only", multiple=True, help="Only faults whose name contains this text, or one of several.")
@click.option("--keep", is_flag=True, help="Keep the stack's files (logs, database) for a look afterwards.")
@click.option("--into", default=ROOT / ".local" / "torture", type=click.Path(path_type=Path), help="Folder of results.")
def main(*, count: int, seconds: float | None, seed: int | None, only: tuple[str, ...], keep: bool, into: Path) -> None:
    """Torture a stack of its own and judge what became of every payout."""
    no_disk = disk.go_apart(keep=keep)
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    chosen = [fault for fault in faults.table() if not only or any(text in fault.name for text in only)]
    if not chosen:
        raise click.UsageError(f"No fault's name contains {only!r}; they are: {[f.name for f in faults.table()]}")
    click.echo(f"Seed {seed}. Starting a stack of its own.")
    try:
        seconds = seconds or SECONDS * count / COUNT
        run = asyncio.run(_torture(count, seconds, seed, chosen, keep=keep, no_disk=no_disk))
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo("Stopped; nothing of it runs any more.", err=True)
        sys.exit(_INTERRUPTED)
    written = report.write(run, into)
    click.echo(f"\n{report.markdown(run)}\nWritten to {written} and {written.with_suffix('.json')}.")
    if run.findings:
        click.echo(f"{len(run.findings)} findings with seed {seed}.", err=True)
        sys.exit(1)


async def _torture(
    count: int, seconds: float, seed: int, chosen: list[Fault], *, keep: bool, no_disk: str | None
) -> Run:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    chances = random.Random(seed)  # noqa: S311 - repeatable by its seed is what is wanted
    rig = await rigs.start(chances, no_disk=no_disk)
    try:
        load = Load(rig.api, rig.key, chances)
        try:
            return await _strike_and_judge(Scene(rig, load, chances), count, seconds, seed, chosen)
        finally:
            await load.close()
    finally:
        await rig.stop(keep_files=keep)
        if keep:
            click.echo(f"The stack's files are in {rig.places.checkout}.")


async def _strike_and_judge(scene: Scene, count: int, seconds: float, seed: int, chosen: list[Fault]) -> Run:
    rig, load = scene.rig, scene.load
    environment = await report.describe(rig)
    impossible = {fault.name: reason for fault in chosen if (reason := fault.why_not(rig)) is not None}
    for name, reason in impossible.items():
        click.echo(f"Not possible on this machine: {name}: {reason}.")
    chosen = [fault for fault in chosen if fault.name not in impossible] or [faults.NOTHING]
    at_start = await report.usage(rig)
    started = time.time()
    clients = asyncio.create_task(load.run(count, count / seconds))
    try:
        windows = await _strike(scene, clients, chosen, until=started + _AT_MOST_TIMES * seconds)
        await rig.heal()
        await _settle(rig, load, time.time(), _END_SETTLES_SECONDS)
        load.stop()
        await clients
    finally:
        clients.cancel()
    at_end = await report.usage(rig)
    books = await judge.collect(rig, load.intents)
    findings = judge.judge(books)
    audit, audited = await asyncio.to_thread(_audit, rig)
    return Run(
        seed=seed,
        seconds=time.time() - started,
        books=books,
        windows=windows,
        findings=[*findings, *audited, *judge.broken_answers(load.odd_answers)],
        waiting_for_people={payout.number for payout in books.stored if payout.waits_for_person},
        odd_answers=load.odd_answers,
        log_events=_log_events(rig.places.logs),
        audit=audit,
        environment=environment,
        grown={name: (used, at_end[name]) for name, used in at_start.items()},
        never_struck=sorted({fault.name for fault in chosen} - {window.fault for window in windows}),
        impossible=impossible,
    )


async def _strike(scene: Scene, clients: asyncio.Task[None], chosen: list[Fault], *, until: float) -> list[Window]:
    """Faults one after the other while the clients ask; each is over when its payouts are.

    ``until``: a service that no longer keeps up with the clients does not make the run endless.
    """
    windows: list[Window] = []
    await asyncio.sleep(2)
    for fault in faults.plan(chosen, scene.chances):
        if clients.done() or time.time() > until:
            scene.load.is_complete = True
        if scene.load.is_complete:
            return windows
        began_at = time.time()
        hits = await fault.strike(scene)
        healed_at = time.time()
        windows.append(Window(fault.name, began_at, healed_at, hits))
        settled = await _settle(scene.rig, scene.load, healed_at, _FAULT_SETTLES_SECONDS)
        took = f"{time.time() - healed_at:.1f} s" if settled else f"not within {_FAULT_SETTLES_SECONDS} s"
        click.echo(f"{len(scene.load.intents):7} payouts  {fault.name}: {hits} strikes, settled: {took}")
    return windows


async def _settle(rig: Rig, load: Load, before: float, seconds: float) -> bool:
    """Wait until what was begun before that time is over or waits for a person; False where it takes too long."""
    deadline = time.monotonic() + seconds
    while not load.settled(before, set()):
        if load.settled(before, await judge.waiting_for_people(rig)):
            return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.5)
    return True


def _audit(rig: Rig) -> tuple[str, list[Finding]]:
    """`payouts audit` on the tortured stack."""
    if rig.run("payouts", "audit", "--help").returncode != 0:
        return "this version has no `payouts audit`.", []
    outcome = rig.run("payouts", "audit")
    said = " ".join((outcome.stdout + outcome.stderr).split())
    if outcome.returncode != 0:
        return "it found something.", [Finding("unexplained", -1, f"payouts audit: {said[-2000:]}")]
    return "it found nothing.", []


def _log_events(logs: Path) -> Counter[str]:
    """The service's own lines of level warning and above, counted by program and event."""
    found: Counter[str] = Counter()
    for file in logs.glob("*.log*"):
        for line in file.read_text(errors="replace").splitlines():
            said = json.loads(line) if line.startswith("{") else {}
            if said.get("level") in {"warning", "error", "critical"}:
                event = str(said["event"]).partition("\n")[0].replace(f"{ROOT}/", "")
                event = _NUMBERS.sub("…", event[:90])
                found[f"{file.name.partition('.')[0]}, {said['level']}: {event}"] += 1
    return found


if __name__ == "__main__":
    main()
