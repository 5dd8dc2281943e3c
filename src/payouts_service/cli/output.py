"""How commands speak: JSON, tables, progress and the examples of their help, each in this one way.

Results go to standard output, everything else to standard error. Colour and bars are for terminals: a pipe, a file or
NO_COLOR gets plain text, and a table that goes nowhere near a screen is never folded to fit one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import click
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_NEVER_FOLDED: Final = 10_000


def examples(*lines: str) -> str:
    """The end of a command's help: what to type, as it is typed."""
    title = "Example:" if len(lines) == 1 else "Examples:"
    return "\n".join(("\b", title, *(f"  {line}" for line in lines)))


def console(*, stderr: bool = False) -> Console:
    """Where to print for people."""
    colours: Any = None if os.environ.get("NO_COLOR") else "auto"
    made = Console(stderr=stderr, highlight=False, color_system=colours)
    if not made.is_terminal:
        made.width = _NEVER_FOLDED
    return made


def print_json(document: object) -> None:
    """The answer to ``--json``."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Rows under their headings; a heading that ends in ``>`` stands over figures, to the right."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        figures = column.endswith(">")
        made.add_column(column.removesuffix(">"), justify="right" if figures else "left", overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return made


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """Print them."""
    print_drawn(table(columns, rows))


def print_drawn(drawn: RenderableType) -> None:
    """Print what rich draws, without blanks at the ends of lines."""
    screen = console()
    with screen.capture() as captured:
        screen.print(drawn)
    click.echo("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()), nl=False)


@contextmanager
def progress(what: str, total: int | None, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, moved by what is called with how much more is done; nothing where nobody watches.

    ``total``: None where nobody knows how much there is.
    """
    screen = console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, disable=quiet or not screen.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda number: bar.advance(task, number)
