"""`payouts reseal` and `payouts erase`: what operators do with personal data at rest, without reading any."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, examples, print_json, progress

if TYPE_CHECKING:
    from payouts_service.payouts.resealing import Resealed

LEAST_DAYS: Final = 32


def _days(_context: click.Context, _option: click.Parameter, value: str) -> int:
    """A number of days, such as 400d: not so few that a limit of the running month would lose its count."""
    number = re.fullmatch("([0-9]{1,5})d", value, re.ASCII)
    if number is None or int(number[1]) < LEAST_DAYS:
        raise click.BadParameter(f"Give the age in days, at least {LEAST_DAYS}d.")
    return int(number[1])


@click.command(epilog=examples("payouts reseal"))
@JSON
def reseal(*, as_json: bool) -> None:
    """Seal anew with the first key of SEALING_KEYS what other keys hold; payouts go on meanwhile.

    Safe to interrupt and to run again. To change the key: add the new one at the end of SEALING_KEYS for every process,
    then move it to the front for every process, run this, and remove the old key once this says so. Payouts without a
    blind index get it too. Exit code 1 where a value does not open; it is left as it is.
    """
    done, keys = on_database(lambda: _reseal(quiet=as_json))
    first, *others = keys
    removable = [key for key in others if not keys[key]]
    if as_json:
        counts = {"resealed": done.resealed, "indexed": done.indexed, "unreadable": done.unreadable}
        print_json({**counts, "values_by_key": keys, "removable_keys": removable})
    else:
        click.echo(f"{done.resealed} sealed anew with {first}, {done.indexed} blind indexes filled in.")
        for key in others:
            click.echo(
                f"{key} holds {keys[key]} values: keep it."
                if keys[key]
                else f"{key} holds nothing: once every process runs with {first} in front, remove it from SEALING_KEYS."
            )
    if done.unreadable:
        ids = ", ".join(done.unreadable[:10])
        raise click.ClickException(f"{len(done.unreadable)} values do not open: {ids}. The log says why of each.")


@click.command(epilog=examples("payouts erase --older-than 400d", "payouts erase --older-than 400d --yes"))
@click.option(
    "--older-than", "days", metavar="DAYS", callback=_days, required=True, help="Finished so long ago, in days: 400d."
)
@click.option("--yes", is_flag=True, help="Erase; without it the payouts are only counted.")
@JSON
def erase(days: int, *, yes: bool, as_json: bool) -> None:
    """Erase whom finished payouts were paid to: their details and what was shown of them, for good.

    Amounts, statuses, attempts, comments, metadata and idempotency keys stay; each payout gets an event payout.erased.
    Events of before keep the masked details that they told. Safe to interrupt and to run again.
    """
    found, erased = on_database(lambda: _erase(days, really=yes, quiet=as_json))
    if as_json:
        print_json({"found": found, "erased": erased})
    elif yes:
        click.echo(f"{erased} payouts erased.")
    else:
        click.echo(f"{found} payouts would be erased. Nothing was; repeat it with --yes.")


def _erase(days: int, *, really: bool, quiet: bool) -> tuple[int, int]:
    from payouts_service.payouts import erasure

    age = timedelta(days=days)
    found = erasure.count(older_than=age)
    if not really:
        return found, 0
    erased = 0
    with progress("Erasing", found, quiet=quiet) as advance:
        for number in erasure.erase(older_than=age):
            advance(number)
            erased += number
    return found, erased


def _reseal(*, quiet: bool) -> tuple[Resealed, dict[str, int]]:
    from payouts_service.payouts import resealing

    done = resealing.Resealed()
    with progress("Sealing", resealing.left(), quiet=quiet) as advance:
        for number in resealing.reseal(done):
            advance(number)
    return done, resealing.values_by_key()
