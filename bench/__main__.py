"""`make bench` and `make bench-check`: run the measures, print the table, keep it or judge it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Final

import click

from bench import gate, results
from bench.figures import Comparison
from bench.load import check_wrk
from bench.measures import claims, create, drain, hot_account, idle, looking, memory, reading, slow_provider
from bench.plots import plots
from bench.refusal import BenchmarkRefused
from bench.rig import Rig, rig
from bench.sizes import SIZES, Size
from bench.table import table
from payouts_service.cli.embedded.refusal import StackRefused

MEASURES: Final[Mapping[int, Callable[[Rig, Size], list[Comparison]]]] = {
    1: create.run,
    2: drain.run,
    3: slow_provider.in_flight,
    5: reading.run,
    13: looking.run,  # Before 6, which adds to the same database payouts that no audit would pass.
    6: claims.run,
    7: idle.latency,
    8: hot_account.run,
    9: slow_provider.processes,
    10: idle.at_rest,
    11: memory.of_worker,
    12: memory.of_web,
}


@click.command()
@click.option("--size", type=click.Choice(list(SIZES)), default="full", show_default=True, help="How much is done.")
@click.option("--only", metavar="1,2", help="These measures only; then nothing is written.")
@click.option("--check", is_flag=True, help="Compare with the committed results instead of writing new ones.")
def main(size: str, only: str | None, *, check: bool) -> None:
    """Measure the service beside its peers, on this machine, now."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # Told to stop, it stops what it has started.
    wanted = _wanted(only)
    committed = gate.judged(_committed(size), wanted) if check else []
    if check:
        wanted = in_order({line.measure for line in committed})  # The others would be measured for nothing.
    try:
        check_wrk()
        found = _measure(SIZES[size], wanted)
    except (BenchmarkRefused, StackRefused) as error:
        raise click.ClickException(str(error)) from error
    click.echo(table(found))
    if check:
        _check(found.lines, committed)
    elif only is None:
        _write(found)


def _wanted(only: str | None) -> list[int]:
    if only is None:
        return list(MEASURES)
    try:
        numbers = [int(part) for part in only.split(",")]
    except ValueError:
        numbers = [0]  # There is no such measure.
    if not set(numbers) <= MEASURES.keys():
        raise click.UsageError(f"Give --only some of {', '.join(map(str, sorted(MEASURES)))}, separated by commas.")
    return in_order(numbers)


def in_order(numbers: Collection[int]) -> list[int]:
    """These measures in the order in which they are run: some leave to later ones what these could not begin with."""
    return [number for number in MEASURES if number in numbers]


def _measure(size: Size, wanted: list[int]) -> results.Results:
    lines: list[Comparison] = []
    load_before, _, _ = os.getloadavg()
    with rig() as made:
        for number in wanted:
            click.echo(f"Measure {number} …", err=True)
            lines += MEASURES[number](made, size)
        return results.gather(made, size.name, lines, load_before=load_before)


def _committed(size: str) -> list[Comparison]:
    try:
        return results.read(size, results.FOLDER).lines
    except FileNotFoundError as error:
        raise click.ClickException(f"There are no committed results of the size {size} to compare with.") from error


def _check(found: list[Comparison], committed: list[Comparison]) -> None:
    if worse := gate.judge(found, committed):
        raise click.ClickException("\n".join(["Slower than the committed results:", *worse]))
    click.echo(f"No ratio is worse than the committed one by more than {gate.TOLERANCE:.0%}.")


def _write(found: results.Results) -> None:
    results.write(found, results.FOLDER)
    (results.FOLDER / f"{found.size}.md").write_text(table(found))
    for name, drawn in plots(found).items():
        (results.FOLDER / name).write_text(drawn)


if __name__ == "__main__":
    main()
