"""`payouts replay-callbacks`: apply kept callbacks of providers once more."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import click

from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, examples, print_json, progress


@click.command("replay-callbacks", epilog=examples("payouts replay-callbacks --connector simulator --since 2026-11-24"))
@click.option("--connector", metavar="NAME", help="Only those of this connector.")
@click.option("--since", type=click.DateTime(), help="Only those received at this time (UTC) or later.")
@click.option("--event", "event_id", metavar="ID", help="Only the one with the provider's id of the event.")
@JSON
def replay_callbacks(connector: str | None, since: datetime | None, event_id: str | None, *, as_json: bool) -> None:
    """Apply callbacks that were kept once more; safe to repeat, since a callback only lets the provider be asked.

    They are not verified again: only verified ones are kept. Prints how many lead to an inquiry (asks), how many to
    nothing because their payment has ended or is being worked on (nothing), how many cannot be read any more
    (unreadable), and how many found their payout locked (locked: run it again). Exit code 1 for the last two.
    """
    aware = since.replace(tzinfo=UTC) if since else None
    counts = on_database(lambda: _replay(connector, aware, event_id, quiet=as_json))
    total = {word: counts[word] for word in ("asks", "nothing", "unreadable", "locked")}
    if as_json:
        print_json(total)
    else:
        click.echo(", ".join(f"{number} {word}" for word, number in total.items()) + ".")
    if total["unreadable"] or total["locked"]:
        raise click.exceptions.Exit(1)


def _replay(connector: str | None, since: datetime | None, event_id: str | None, *, quiet: bool) -> Counter[str]:
    from payouts_service.payouts.callbacks import replay
    from payouts_service.payouts.pausing import connector_state

    if connector is not None:
        connector_state(connector)  # Refuses a name that there is not.
    counts: Counter[str] = Counter()
    with progress("Applying", None, quiet=quiet) as advance:
        for _, came in replay(connector=connector, since=since, event_id=event_id):
            counts[came] += 1
            advance(1)
    if event_id is not None and not counts:
        raise click.ClickException("No such callback is kept; check --event, and what else it was narrowed by.")
    return counts
