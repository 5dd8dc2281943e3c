"""Questions to whoever sits at the terminal; where nobody answers, what to give instead."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click


def ask(question: str, *, instead: str, choices: tuple[str, ...] | None = None) -> str:
    """The answer. Raises click.UsageError, which names the option to give ``instead``, where nobody can be asked."""
    with _or_given(instead):
        return str(click.prompt(question, type=click.Choice(choices) if choices else None))


def confirm(question: str, *, instead: str) -> None:
    """Go on, or raise click.Abort. Raises click.UsageError as ``ask`` does."""
    with _or_given(instead):
        goes_on = click.confirm(question)
    if not goes_on:
        raise click.Abort


@contextmanager
def _or_given(instead: str) -> Iterator[None]:
    try:
        yield
    except click.Abort as end:
        if sys.stdin.isatty():  # Ctrl-C, or Ctrl-D.
            raise
        click.echo(err=True)  # The question stands without an answer.
        raise click.UsageError(f"Nobody answers here; give {instead}.") from end
