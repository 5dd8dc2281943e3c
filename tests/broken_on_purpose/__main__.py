"""``python -m tests.broken_on_purpose``, or ``make broken``: break each promise in a copy; its test must fail.

A copy of the checkout is made once. The tests pass in it as it is; then each change of ``breaks.py`` is made, its test
run, and the change undone. Exit 1 where a test did not notice, or ended otherwise than by failing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import click
import pytest

from tests.broken_on_purpose.breaks import BREAKS, Break

ROOT: Final = Path(__file__).parents[2]


@click.command()
@click.option("--only", default="", help="Only breaks whose description contains this text.")
def main(*, only: str) -> None:
    """Break the code on purpose, one promise at a time."""
    chosen = [each for each in BREAKS if only in each.what]
    if not chosen:
        raise click.UsageError(f"No break contains {only!r}; they are: {[each.what for each in BREAKS]}")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("src", "tests", "bench", "pyproject.toml", "compose.yaml", ".env.example"):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        if run(copy, *sorted({each.test for each in chosen})) is not pytest.ExitCode.OK:
            raise click.ClickException("The tests do not even pass in the code as it is; see above.")
        missed = [each.what for each in chosen if not is_noticed(copy, each)]
    click.echo(f"{len(chosen) - len(missed)} passed, {len(missed)} failed")
    if missed:
        sys.exit(1)


def is_noticed(copy: Path, each: Break) -> bool:
    """Whether the test fails with the break and says so."""
    file = copy / each.file
    whole = file.read_text()
    if whole.count(each.old) != 1:
        raise click.ClickException(f"{each.file} no longer holds, once: {each.old!r}. Correct breaks.py.")
    file.write_text(whole.replace(each.old, each.new))
    try:
        ended = run(copy, each.test, quiet=True)
    finally:
        file.write_text(whole)
    noticed = ended is pytest.ExitCode.TESTS_FAILED
    click.echo(f"{'noticed' if noticed else f'NOT NOTICED ({ended.name})'}: {each.what}\n    by {each.test}")
    return noticed


def run(copy: Path, *tests: str, quiet: bool = False) -> pytest.ExitCode:
    """How pytest ends in the copy."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    # The copy's own packages come first, also in the processes that tests start.
    environment = {**os.environ, "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}", "PYTHONDONTWRITEBYTECODE": "1"}
    output = subprocess.DEVNULL if quiet else None
    return pytest.ExitCode(
        subprocess.run(command, cwd=copy, env=environment, check=False, stdout=output, stderr=output).returncode
    )


if __name__ == "__main__":
    main()
