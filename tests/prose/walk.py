"""A page walked as its reader walks it: bash runs its blocks of shell, one after the other, against a running stack.

What stands in a block of ``json`` or ``text`` is what the command before it printed, in its essentials:

- ``json``: all of it is in the last line of the output; of more rows or other fields nothing is asked.
- ``text``: its lines stand in the output in this order; blanks count as one, a line of ``…`` stands for nothing.
- ``…`` inside a line or a string stands for what differs each time.

Where the last command only reads, it is repeated until it prints so: what happens in the background takes a moment.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Self

from tests.prose.markdown import Block, blocks

GIVEN_BY_THE_SERVICE: Final = {"id", "created_at", "updated_at"}

_END: Final = "-- the end of a block --"
# The stack of the tests stands for that of `make up`, through which .ci/run goes itself.
_PRELUDE: Final = f"""
set -eo pipefail
make() {{ :; }}
payouts() {{ "{sys.executable}" -m payouts_service.cli "$@"; }}
"""
_READS: Final = re.compile(
    r"(?:api|curl) (?!.* -[Xd] )"
    r"|payouts (?:accounts --|audit|connectors|explain|keys list|limits --tenant \S+$|list|show|watch)"
)
_PATIENCE_SECONDS: Final = 60
_PAUSE_SECONDS: Final = 0.3


class Shell:
    """One bash for a whole page: what one block sets, the next one has. A command that fails ends it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._errors = (folder / "errors").open("w+")
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],  # noqa: S607 - the reader's.
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self.run(_PRELUDE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bash.communicate()
        self._errors.close()

    def run(self, text: str) -> str:
        """What these lines print; fails the test where one of them fails."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        (self._folder / "block.sh").write_text(text)
        self._bash.stdin.write(f". ./block.sh </dev/null; printf '\\n%s\\n' '{_END}'\n")
        self._bash.stdin.flush()
        printed = list(itertools.takewhile(lambda line: line != f"{_END}\n", self._bash.stdout))
        output = "".join(printed).strip()
        if self._bash.poll() is not None or not printed:
            raise AssertionError(f"a command fails:\n{text}\nprinted:\n{output}\n{self._said()}")
        return output

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read()


def walk(text: str, shell: Shell) -> None:
    """Run all of the page; fails the test where a command fails, or something else is printed than stands there."""
    output, last = "", ""
    for block, following in itertools.zip_longest(blocks(text), blocks(text)[1:]):
        if block.language == "sh":
            output, last = shell.run(block.text), block.text.replace("\\\n", " ").strip().splitlines()[-1]
            is_printed = following is not None and following.language in ("json", "text")
            assert is_printed or '"/problems/' not in output, f"refused:\n{block.text}\n{output}"
        elif block.language in ("json", "text"):
            output = _until_shown(block, output, last, shell)


def _until_shown(block: Block, output: str, last: str, shell: Shell) -> str:
    """The output that shows what is printed: the command's, or that of its repetition."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_shown(block, output) and _READS.match(last) and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
        output = shell.run(last)
    assert is_shown(block, output), f"{last}\nshould print:\n{block.text}\nprinted:\n{output}"
    return output


def is_shown(block: Block, output: str) -> bool:
    """Whether what is printed in the block is in the output."""
    if block.language == "text":
        return _in_this_order(block.text.splitlines(), output.splitlines())
    return is_part(json.loads(block.text), _document(output))


def _document(output: str) -> object:
    """The JSON of a command's ``--json``, or of the last answer of several."""
    for text in (output, output.rpartition("\n")[2]):
        try:
            return json.loads(text)
        except ValueError:
            continue
    return None


def is_part(expected: object, actual: object) -> bool:
    """Whether all that is expected is there; what the service makes up anew each time is only asked to be there."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and (name in GIVEN_BY_THE_SERVICE or is_part(value, actual[name]))
            for name, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(is_part, expected, actual))
    if isinstance(expected, str) and isinstance(actual, str):
        return _is_line(expected, actual)
    return expected == actual


def _in_this_order(expected: Iterable[str], lines: Iterable[str]) -> bool:
    left = iter(lines)
    return all(any(_is_line(line, one) for one in left) for line in expected if line.strip() not in ("", "…"))


def _is_line(expected: str, line: str) -> bool:
    pattern = ".*".join(map(re.escape, re.split(" *… *", " ".join(expected.split()))))
    return re.fullmatch(pattern, " ".join(line.split())) is not None
