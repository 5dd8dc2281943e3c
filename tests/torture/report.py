"""What a run found, as a table to read (Markdown) and as data (JSON)."""

from __future__ import annotations

import json
import math
import platform
import subprocess
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

from payouts_service.cli.embedded.servers import programs_for
from tests.torture import processes
from tests.torture.judge import Books, Finding
from tests.torture.rig import HASTE, ROOT, Rig

_PACKAGES: Final = ("django", "celery", "kombu", "redis", "psycopg", "gunicorn", "httpx")
_PROGRAMS: Final = ("web", "worker", "inquirer", "rescuer", "beat", "postgres", "redis")
_KINDS: Final = ("lost", "double", "unexplained")


@dataclass(frozen=True)
class Window:
    """One strike: the fault and its times in Unix seconds."""

    fault: str
    began_at: float
    healed_at: float
    hits: int


@dataclass
class Row:
    """What became of one fault's strikes together."""

    fault: str
    hits: int = 0
    windows: int = 0
    touched: set[int] = field(default_factory=set)
    """Numbers of the payouts that were not over at some time of a window."""
    recoveries: list[float] = field(default_factory=list)
    """For each window, seconds from its heal until the last of its payouts was final; infinite where one never was."""


@dataclass(frozen=True)
class Run:
    """One run of the torture."""

    seed: int
    seconds: float
    books: Books
    windows: Sequence[Window]
    findings: Sequence[Finding]
    waiting_for_people: set[int]
    odd_answers: Counter[str]
    log_events: Counter[str]
    audit: str
    environment: dict[str, str]
    grown: Mapping[str, tuple[int, int]]
    """What was used at the start and at the end, by what: megabytes, and rows."""
    never_struck: Sequence[str]
    impossible: Mapping[str, str]
    """Faults that cannot be struck on this machine, and why."""


async def describe(rig: Rig) -> dict[str, str]:
    """Commit and versions."""
    redis = _output([str(programs_for(rig.places).redis_server), "--version"])
    changed = _output(["git", "status", "--porcelain"])
    return {
        "commit": _output(["git", "rev-parse", "--short=12", "HEAD"]) + (" and local changes" if changed else ""),
        "python": platform.python_version(),
        "postgresql": str((await rig.rows("SHOW server_version"))[0][0]),
        "redis-server": redis.partition("v=")[2].partition(" ")[0],
        **{name: version(name) for name in _PACKAGES},
        **HASTE,
    }


async def usage(rig: Rig) -> dict[str, int]:
    """What may grow with the hours: resident megabytes of each program, the database's size, and its dead rows."""
    pages = {name: sum(map(processes.resident_bytes, rig.tree(name))) for name in _PROGRAMS}
    size, dead = (
        await rig.rows("SELECT pg_database_size(current_database()), sum(n_dead_tup)::bigint FROM pg_stat_user_tables")
    )[0]
    megabytes = {**pages, "database": size}
    return {**{f"{name}, MB": used // 1_000_000 for name, used in megabytes.items()}, "dead rows": dead}


def _output(command: list[str]) -> str:
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return outcome.stdout.strip() if outcome.returncode == 0 else "unknown"


def rows(run: Run) -> list[Row]:
    """One row for each fault that struck."""
    finished = {payout.number: payout.finished_at for payout in run.books.stored}
    found: dict[str, Row] = {}
    for window in run.windows:
        row = found.setdefault(window.fault, Row(window.fault))
        row.hits += window.hits
        row.windows += 1
        last = window.healed_at
        for intent in run.books.intents:
            ended = finished.get(intent.number)
            if intent.began_at <= window.healed_at and (ended is None or ended >= window.began_at):
                row.touched.add(intent.number)
                if intent.number not in run.waiting_for_people:
                    last = max(last, math.inf if ended is None else ended)
        row.recoveries.append(last - window.healed_at)
    return sorted(found.values(), key=lambda row: row.fault.lower())


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile of a list that is not empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def duration(seconds: float) -> str:
    """Seconds to read."""
    return f"{seconds:.1f} s" if math.isfinite(seconds) else "never"


def bound(failures: int, trials: int) -> str:
    """The upper 95 % bound of the rate, by the rule of three; it holds for no failure only."""
    return f"{3 / trials:.2g}" if trials and not failures else "–"


def markdown(run: Run) -> str:
    """The report to read."""
    kinds: dict[str, set[int]] = defaultdict(set)
    for finding in run.findings:
        kinds[finding.kind].add(finding.number)
    lines = [
        "| Fault | Strikes | Payouts touched | Lost | Double | Unexplained | Recovered in, p50 | p99 | 95 % bound |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows(run):
        bad = [len(row.touched & kinds[kind]) for kind in _KINDS]
        times = [duration(quantile(row.recoveries, share)) for share in (0.5, 0.99)]
        cells = [row.fault, row.hits, len(row.touched), *bad, *times, bound(sum(bad), len(row.touched))]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    every = len(run.books.intents)
    recoveries = [seconds for row in rows(run) for seconds in row.recoveries] or [0.0]
    totals = [sum(1 for finding in run.findings if finding.kind == kind) for kind in _KINDS]
    times = [duration(quantile(recoveries, share)) for share in (0.5, 0.99)]
    cells = ["**All payouts**", sum(w.hits for w in run.windows), every, *totals, *times, bound(sum(totals), every)]
    lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, "", *_facts(run), ""])


def _facts(run: Run) -> list[str]:
    counted = sorted(Counter(payout.status for payout in run.books.stored).items())
    ends = ", ".join(f"{number} {status}" for status, number in counted)
    sentence = (
        f"Seed {run.seed}, {run.seconds:.0f} seconds, {len(run.windows)} faults one at a time; "
        f"{len(run.books.intents)} payouts: {ends}; "
        f"{len(run.books.effects)} payments in the provider's books; {len(run.waiting_for_people)} wait for a person."
    )
    facts = [
        sentence,
        "",
        f"Audit: {run.audit}",
        "",
        ", ".join(f"{name} {value}" for name, value in run.environment.items()) + ".",
        "",
        "At the start and at the end: "
        + "; ".join(f"{name} {before} and {after}" for name, (before, after) in run.grown.items())
        + ".",
    ]
    if run.never_struck:
        facts += ["", f"Not struck in this run: {'; '.join(run.never_struck)}."]
    for reason in sorted(set(run.impossible.values())):
        names = (name for name, why in run.impossible.items() if why == reason)
        facts += ["", f"Not possible on this machine, because {reason}: {'; '.join(sorted(names))}."]
    for title, found in (
        ("Answers that no client expects", run.odd_answers),
        ("Warnings and errors in the logs", run.log_events),
    ):
        if found:
            facts += ["", f"{title}:", "", *(f"- {number} × {text}" for text, number in found.most_common(30))]
    if run.findings:
        facts += ["", "Findings:", "", *(f"- {f.kind}: payout {f.number}: {f.text}" for f in run.findings[:200])]
    return facts


def as_json(run: Run) -> str:
    """The same as data, with every window and the payouts of the findings."""
    bad = {finding.number for finding in run.findings}
    stored = {payout.number: payout for payout in run.books.stored}
    return json.dumps(
        {
            "seed": run.seed,
            "seconds": run.seconds,
            "environment": run.environment,
            "grown": run.grown,
            "payouts": len(run.books.intents),
            "effects": len(run.books.effects),
            "waiting_for_people": sorted(run.waiting_for_people),
            "windows": [asdict(window) for window in run.windows],
            "rows": [
                {
                    **asdict(row),
                    "touched": len(row.touched),
                    "recoveries": [duration(value) for value in row.recoveries],
                }
                for row in rows(run)
            ],
            "findings": [asdict(finding) for finding in run.findings],
            "of_the_findings": [
                {**vars(intent), "ids": sorted(intent.ids), "stored": stored.get(intent.number)}
                for intent in run.books.intents
                if intent.number in bad
            ],
            "odd_answers": run.odd_answers,
            "log_events": run.log_events,
            "audit": run.audit,
        },
        indent=1,
        default=str,
    )


def write(run: Run, folder: Path) -> Path:
    """Write both forms; the Markdown's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{run.seed}.json").write_text(as_json(run))
    target = folder / f"{run.seed}.md"
    target.write_text(markdown(run))
    return target
