"""The page of commands: the help of each, as it is shown at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import click

from payouts_service.cli.reference.markdown import head

_WIDTH = 100


def page(root: click.Command) -> str:
    """Every command below this one."""
    told = head(
        "Commands",
        "`payouts COMMAND --help` shows these at the terminal. Results go to standard output, all else to standard "
        "error; there is no colour where nobody sees it, nor with `NO_COLOR`.",
    )
    return told + "".join(_section(command, path) for command, path in _walk(root, "payouts"))


def _walk(command: click.Command, path: str) -> Iterator[tuple[click.Command, str]]:
    yield command, path
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _walk(inner, f"{path} {name}")


def _section(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path, terminal_width=_WIDTH, max_content_width=_WIDTH)
    context.help_option_names = ["-h", "--help"]
    return f"\n## {path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
