"""Every command has examples and JSON, keeps colour for terminals, and completes itself in a shell."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from payouts_service.cli import main
from tests.cli.terminal import process, run

# What prints a document of another kind, or text for a shell.
DOCUMENTS = {"openapi", "reference", "completion"}


def commands(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, *path, name)
    if path and (not isinstance(command, click.Group) or command.invoke_without_command):
        yield path, command


ALL = dict(commands(main))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_its_help_shows_how_it_is_typed(path: tuple[str, ...]) -> None:
    outcome = run(*path, "--help")

    assert outcome.exit_code == 0
    assert "Example" in outcome.output
    assert f"payouts {' '.join(path)}" in outcome.output.partition("Example")[2]


@pytest.mark.parametrize("path", [path for path in ALL if path[0] not in DOCUMENTS], ids=" ".join)
def test_it_prints_json(path: tuple[str, ...]) -> None:
    assert "--json" in {option for parameter in ALL[path].params for option in parameter.opts}


def test_the_exit_codes_are_told() -> None:
    told = " ".join(run("--help").output.split())

    assert "Exit codes: 0 done, 1 refused or failed (one sentence says why), 2 wrong usage." in told


@pytest.mark.parametrize(("shell", "word"), [("bash", "complete "), ("zsh", "#compdef payouts"), ("fish", "complete ")])
def test_a_shell_is_told_how_to_complete(shell: str, word: str) -> None:
    outcome = run("completion", shell)

    assert (outcome.exit_code, "_PAYOUTS_COMPLETE" in outcome.output, word in outcome.output) == (0, True, True)


def test_the_shell_is_answered() -> None:
    words = {"_PAYOUTS_COMPLETE": "bash_complete", "COMP_WORDS": "payouts rep", "COMP_CWORD": "1"}

    assert process(**words).stdout.split() == ["plain,replay-callbacks"]
