"""The pages that show commands, walked from top to bottom: what they print is what stands there."""

from __future__ import annotations

import pytest

from tests.prose.markdown import ROOT, Block
from tests.prose.walk import Shell, is_shown, walk

PAGES = (
    "README.md",
    "docs/tutorial.md",
    "docs/how-to/monitor.md",
    "docs/how-to/rotate-keys.md",
    "docs/how-to/settle-an-unknown-outcome.md",
    "docs/how-to/use-the-api.md",
    "docs/how-to/use-the-console.md",
)


@pytest.mark.timeout(300)  # The walk waits for what happens in the background.
@pytest.mark.parametrize("page", PAGES)
def test_each_command_prints_what_stands_below_it(page: str, shell: Shell) -> None:
    walk((ROOT / page).read_text(), shell)


def test_a_command_that_fails_is_found(shell: Shell) -> None:
    with pytest.raises(AssertionError, match="no-such-command"):
        walk("```sh\nno-such-command\n```\n", shell)


def test_an_answer_that_is_not_the_printed_one_is_found(shell: Shell) -> None:
    for language, printed in (("json", '{"status": "paid"}'), ("text", "paid")):
        with pytest.raises(AssertionError, match="should print"):
            walk(f'```sh\necho \'{{"status": "created"}}\'\n```\n\n```{language}\n{printed}\n```\n', shell)


def test_a_refusal_that_the_page_does_not_show_is_found(shell: Shell) -> None:
    with pytest.raises(AssertionError, match="refused"):
        walk("```sh\n. .local/env\ncurl -sS $PAYOUTS_URL/api/payouts/\n```\n", shell)


def test_lines_are_looked_for_in_their_order() -> None:
    printed = "one  1\ntwo  2\nthree 3\n"

    assert is_shown(Block("text", "one …\n…\nthree  3\n"), printed)
    assert not is_shown(Block("text", "three 3\none 1\n"), printed)
    assert not is_shown(Block("text", "two\n"), printed)
