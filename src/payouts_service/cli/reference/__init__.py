"""`payouts reference`: the pages of docs/reference, from the code that they speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click

from payouts_service.cli.database import set_up_django
from payouts_service.cli.output import examples
from payouts_service.cli.reference import commands, metrics, tables

_PAGES: Final[Mapping[str, Callable[[click.Command], str]]] = {
    "cli": commands.page,
    "settings": lambda _: tables.settings(),
    "events": lambda _: tables.events(),
    "problems": lambda _: tables.problems(),
    "metrics": lambda _: metrics.page(),
}


@click.command(epilog=examples("payouts reference settings", "payouts reference --write docs/reference"))
@click.argument("subject", type=click.Choice(list(_PAGES)), required=False)
@click.option(
    "--write", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write every page into this folder."
)
@click.pass_context
def reference(context: click.Context, subject: str | None, folder: Path | None) -> None:
    """Print a page of the reference, in Markdown: of these commands, the settings, events, problem types or metrics."""
    if (subject is None) == (folder is None):
        raise click.UsageError("Name a subject, or give --write.")
    set_up_django()
    root = context.find_root().command
    if folder is None:
        click.echo(_PAGES[str(subject)](root), nl=False)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in _PAGES.items():
        (folder / f"{name}.md").write_text(page(root))
