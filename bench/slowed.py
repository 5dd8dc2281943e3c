"""``make bench-slowed``: take fast paths out in a copy, one at a time, and see by how much a ratio falls.

For each path the copy is measured as it is, twice with the change, and as it is again: what the machine does meanwhile
meets both alike. Exit 1 where the ratio did not fall: then the path is not worth its code, or the machine did something
else.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

import click

from bench.__main__ import MEASURES
from bench.load import check_wrk
from bench.refusal import BenchmarkRefused
from bench.rig import CHECKOUT, rig
from bench.sizes import QUICK
from payouts_service.cli.embedded.places import Places
from payouts_service.cli.embedded.refusal import StackRefused


@dataclass(frozen=True)
class FastPath:
    """A fast path: ``old`` stands once in the file; with ``new`` in its place, this measure's ratio falls."""

    what: str
    measure: int
    file: str
    old: str
    new: str


PATHS: Final = (
    FastPath(
        "clients are shared evenly, and keep their thread",
        1,
        "src/payouts_service/gunicorn_conf.py",
        'worker_class = "payouts_service.gunicorn_worker.EvenThreadWorker"',
        'worker_class = "gthread"',
    ),
    FastPath(
        "hints are given by a thread, one for many creates",
        1,
        "src/payouts_service/payouts/tasks.py",
        "        give_soon((PAY, connector), partial(_hint, connector, payout_id))",
        "        _hint(connector, payout_id)",
    ),
    FastPath(
        "creates of one moment are one statement, by a connection that is lent",
        1,
        "src/payouts_service/database/group_commit.py",
        "        if connections[DEFAULT_DB_ALIAS].in_atomic_block:",
        "        if True:",
    ),
    FastPath(
        "connections to PostgreSQL are kept",
        1,
        "src/payouts_service/settings.py",
        '        "CONN_MAX_AGE": 600,',
        '        "CONN_MAX_AGE": 0,',
    ),
    FastPath(
        "statements are parsed and planned once",
        1,
        "src/payouts_service/database/prepared.py",
        "prepare=True)",
        "prepare=False)",
    ),
    FastPath(
        "payouts are claimed and settled in sets",
        2,
        "src/payouts_service/environment.py",
        "    claim_size: int = Field(default=200,",
        "    claim_size: int = Field(default=1,",
    ),
)
"""By measure."""


@click.command()
@click.option("--figure", "measure", type=int, hidden=True, help="In a copy: print one measure's ratio.")
def main(measure: int | None) -> None:
    """Take fast paths out, one after the other."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # Told to stop, it stops what it has started.
    try:
        check_wrk()
        if measure is None:
            _compare()
        else:
            with rig() as made:
                click.echo(json.dumps(MEASURES[measure](made, QUICK)[0].spread().median))
    except (BenchmarkRefused, StackRefused) as error:
        raise click.ClickException(str(error)) from error


def _compare() -> None:
    useless = []
    with tempfile.TemporaryDirectory() as folder:
        copy = _copy(Path(folder))
        for path in PATHS:
            click.echo(f"Measure {path.measure} with and without: {path.what} …", err=True)
            first = _figure(copy, path.measure)
            without = fmean(_figure_without(copy, path) for _ in range(2))
            ratio = fmean((first, _figure(copy, path.measure)))
            click.echo(f"{path.what}: ratio of measure {path.measure} {ratio:.3g}, without {without:.3g}")
            if without >= ratio:
                useless.append(path.what)
    if useless:
        raise click.ClickException(f"No ratio fell without these: {'; '.join(useless)}.")


def _copy(copy: Path) -> Path:
    for name in ("src", "bench"):
        shutil.copytree(CHECKOUT / name, copy / name)
    kept = Places.of(CHECKOUT).local / "name"
    (copy / ".local").mkdir(mode=0o700)
    shutil.copy(kept, copy / ".local")  # Under root, the servers' programs and data are where the checkout has its own.
    return copy


def _figure_without(copy: Path, path: FastPath) -> float:
    file = copy / path.file
    whole = file.read_text()
    file.write_text(whole.replace(path.old, path.new))
    try:
        return _figure(copy, path.measure)
    finally:
        file.write_text(whole)


def _figure(copy: Path, measure: int) -> float:
    """The first line's median ratio, in the quick size. Raises BenchmarkRefused."""
    environment = {**os.environ, "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "bench.slowed", "--figure", str(measure)]
    outcome = subprocess.run(command, cwd=copy, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if outcome.returncode != 0:
        raise BenchmarkRefused(f"Measure {measure} failed; see above.")
    return float(json.loads(outcome.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
