"""`payouts audit`: judge the database, and the simulated provider's books, by every invariant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from payouts_service.cli.database import refused, set_up_django
from payouts_service.cli.output import JSON, examples, print_json

if TYPE_CHECKING:
    from payouts_service.audit.services import Books, Finding


@click.command(epilog=examples("payouts audit", "payouts audit --no-simulator --json"))
@click.option("--simulator", "url", metavar="URL", help="Where the simulated provider is, instead of SIMULATOR_URL.")
@click.option("--no-simulator", is_flag=True, help="Leave the simulated provider's books out.")
@click.option(
    "--changes",
    is_flag=True,
    help="Judge only what changed since the last periodic audit, and what is not finished.",
)
@JSON
def audit(url: str | None, *, no_simulator: bool, changes: bool, as_json: bool) -> None:
    """Check every promise about payouts, in one snapshot of the database; exit code 1 if one is broken.

    Changes nothing, and may run while the service works. It reads whole tables: some minutes for millions of payouts.
    With --changes it takes seconds, and sees no row that was changed or removed past the service.
    Where the connector simulator is in use, what the service says is compared with the provider's books.
    """
    set_up_django()

    from django.db import DatabaseError

    from payouts_service.audit.services import NothingJudgedYet, judge, judge_changes

    if url is not None and no_simulator:
        raise click.UsageError("Give --simulator or --no-simulator, not both.")
    if url is not None and changes:
        raise click.UsageError("Give --simulator or --changes, not both: the books are compared as a whole.")
    try:
        findings = judge_changes() if changes else judge(None if no_simulator else _books(url))
    except NothingJudgedYet as error:
        raise click.ClickException(str(error)) from error
    except DatabaseError as error:
        raise refused(error) from error
    if as_json:
        print_json(_document(findings))
    else:
        click.echo(_table(findings, changes=changes))
    if any(finding.broken for finding in findings):
        raise click.exceptions.Exit(1)


def _books(url: str | None) -> Books | None:
    from django.conf import settings

    from payouts_service.audit.services import fetch_books
    from payouts_service.connectors.simulator.books import BooksUnreadable

    if url is None and "simulator" not in settings.CONNECTORS:
        return None
    address = url or settings.SIMULATOR_URL
    try:
        return fetch_books(address, timeout_seconds=settings.SIMULATOR_TIMEOUT_SECONDS)
    except BooksUnreadable as error:
        advice = "Give its address with --simulator, or leave it out with --no-simulator."
        raise click.ClickException(f"the books at {address} could not be read: {error}. {advice}") from error


def _table(findings: Sequence[Finding], *, changes: bool) -> str:
    from payouts_service.audit.invariants import INVARIANTS

    width = max(len(finding.invariant.name) for finding in findings)
    lines = []
    for finding in findings:
        word = "BROKEN" if finding.broken else "ok"
        more = ", …" if finding.broken > len(finding.ids) else ""
        ids = ", ".join(finding.ids) + more
        lines.append(f"{finding.invariant.name:{width}}  {word:6}  {finding.broken:>6}  {ids}".rstrip())
        if finding.broken:
            lines.append(f"  should be: {finding.invariant.means}")
    broken = sum(finding.broken > 0 for finding in findings)
    more = (
        f" Only changes were looked at; a full audit judges {len(INVARIANTS) - len(findings)} more." if changes else ""
    )
    return "\n".join([*lines, f"{len(findings)} invariants, {broken} broken.{more}"])


def _document(findings: Sequence[Finding]) -> dict[str, Any]:
    rows = [
        {
            "invariant": finding.invariant.name,
            "means": finding.invariant.means,
            "broken": finding.broken,
            "ids": finding.ids,
        }
        for finding in findings
    ]
    return {"ok": not any(finding.broken for finding in findings), "invariants": rows}
