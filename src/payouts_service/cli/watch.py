"""`payouts watch`: the whole service at a glance, again and again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Group, RenderableType
from rich.text import Text

from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, console, examples, print_drawn, print_json, table
from payouts_service.cli.payouts import cells

if TYPE_CHECKING:
    from payouts_service.cli.doctor.finding import Finding

_FOR_A_PERSON: Final = {
    "unknown": "of unknown outcome; the provider is asked about them",
    "for_people": "waiting until a person pays them",
    "connector_missing": "waiting for the connector, which CONNECTORS does not name",
}


@click.command(epilog=examples("payouts watch", "payouts watch --every 0.5 --rows 40", "payouts watch --json"))
@click.option("--every", type=click.FloatRange(0.2, 3600), default=2, show_default=True, help="Seconds between looks.")
@click.option("--rows", type=click.IntRange(1, 200), default=15, show_default=True, help="How many newest payouts.")
@JSON
def watch(every: float, rows: int, *, as_json: bool) -> None:
    """Show what is under way by connector, what needs a person, today's sums and the newest payouts, of all tenants.

    Looks again until Ctrl-C; once only with --json, or where the output is no terminal.
    """
    on_database(lambda: _watch(every, rows, as_json=as_json))


def _watch(every: float, rows: int, *, as_json: bool) -> None:
    from rich.live import Live

    screen = console()
    if as_json:
        print_json(_glance(rows))
    elif not screen.is_terminal:
        print_drawn(_drawn(_glance(rows)))
    else:
        with suppress(KeyboardInterrupt), Live(console=screen, screen=True, auto_refresh=False) as live:
            while True:
                live.update(_drawn_or_away(rows), refresh=True)
                time.sleep(every)


def _drawn_or_away(rows: int) -> RenderableType:
    from django.db import DatabaseError, connection

    try:
        return _drawn(_glance(rows))
    except DatabaseError as error:
        connection.close()
        return Text(f"The database does not answer: {str(error).strip().splitlines()[0]}", style="bold red")


def _glance(rows: int) -> dict[str, Any]:
    from payouts_service.cli.doctor import processes
    from payouts_service.kit.clock import wire_time
    from payouts_service.kit.money import amount_text
    from payouts_service.payouts import backlog, queries

    parts = list(backlog.unfinished())
    waiting: Counter[str] = Counter()
    for part in backlog.waiting():
        waiting[part.waits_for] += part.number
    return {
        "at": wire_time(queries.database_now()),
        "unfinished": [{"connector": part.connector, "state": part.state, "number": part.number} for part in parts],
        "waiting_for": dict(waiting),
        "claimed_today": [
            {"currency": currency, "payouts": number, "amount": amount_text(amount, currency)}
            for currency, number, amount in backlog.claimed_today()
        ],
        "needs_a_person": [
            *_of_payouts([(part.connector, part.state, part.number) for part in parts], backlog.parked()),
            *_of_the_service([*processes.held_back(), processes.scheduler()]),
        ],
        "newest": backlog.newest(rows),
    }


def _of_payouts(parts: list[tuple[str, str, int]], parked: int) -> Iterator[str]:
    if parked:
        yield f"parked: {parked}; decide each (payouts settle)"
    for connector, state, number in parts:
        if state in _FOR_A_PERSON:
            yield f"{connector}: {number} {_FOR_A_PERSON[state]}"


def _of_the_service(findings: list[Finding]) -> Iterator[str]:
    for finding in findings:
        if finding.advice:
            yield f"{finding.says}. {finding.advice}"


def _drawn(glance: dict[str, Any]) -> RenderableType:
    parts = [(row["connector"], row["state"], str(row["number"])) for row in glance["unfinished"]]
    parts += [("", f"waits for {blocker}", str(number)) for blocker, number in glance["waiting_for"].items()]
    sums = [(row["currency"], str(row["payouts"]), row["amount"]) for row in glance["claimed_today"]]
    newest = [cells(row) for row in glance["newest"]]
    needs = glance["needs_a_person"]
    return Group(
        Text(glance["at"], style="dim"),
        Text("Needs a person", style="bold"),
        *(Text(f"  {need}", style="yellow") for need in needs or ["nothing"]),
        Text(),
        table(("connector", "under way", "payouts>"), parts),
        Text(),
        table(("today", "payouts>", "amount>"), sums),
        Text(),
        table(("newest", "created", "amount>", "currency", "connector", "status"), newest),
    )
