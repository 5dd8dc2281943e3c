"""Whatever command of ours a document names, there is: in its blocks of shell and in its sentences."""

from __future__ import annotations

import re
import shlex

import click

from payouts_service.cli import main
from tests.prose.markdown import ROOT, blocks
from tests.prose.test_links_lead_somewhere import documents

MADE_FROM_THE_CODE = "docs/reference/"
HISTORY = "CHANGELOG.md"
_IN_A_SENTENCE = re.compile(r"`(payouts [^`]*)`")


def named_in(text: str) -> list[str]:
    """Each command line of ours."""
    shell = "\n".join(block.text for block in blocks(text) if block.language == "sh").replace("\\\n", " ")
    lines = re.findall(r"(?:^|web |migrate |bin/)(payouts [^#;|)\n]*)", shell, re.MULTILINE)
    return lines + [" ".join(found.split()) for found in _IN_A_SENTENCE.findall(text)]


def wrong(line: str) -> str | None:
    """What is wrong with it: an unknown word, or an option that the command lacks. None: nothing."""
    command: click.Command = main
    for word in shlex.split(line.replace("…", ""))[1:]:
        if isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
        elif word.startswith("--"):
            known = {name for option in command.params for name in option.opts} | {"--help"}
            if word.partition("=")[0] not in known:
                return f"{line}: no option {word}"
        elif isinstance(command, click.Group) and not command.invoke_without_command and word.islower():
            return f"{line}: no command {word}"
    return None


def test_every_command_that_a_document_names_is_one() -> None:
    pages = [name for name in documents() if not name.startswith(MADE_FROM_THE_CODE) and name != HISTORY]
    found = {name: named_in((ROOT / name).read_text()) for name in pages}

    assert [(name, why) for name, lines in found.items() for line in lines if (why := wrong(line))] == []
    assert sum(map(len, found.values())) > 50


def test_a_command_that_does_not_exist_is_found() -> None:
    assert wrong("payouts callbacks replay")
    assert wrong("payouts audit --loudly")
    assert wrong("payouts keys forget key_1")
