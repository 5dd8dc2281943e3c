"""A page and its translation say the same, as far as code and links tell."""

from __future__ import annotations

import re

import pytest

from tests.prose.markdown import ROOT, blocks, headings, links

TRANSLATED = (
    "README.md",
    "docs/tutorial.md",
    "docs/how-to/use-the-api.md",
    "docs/how-to/use-the-console.md",
    "docs/how-to/deploy-without-containers.md",
)


@pytest.fixture(params=TRANSLATED)
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    page = str(request.param)
    return (ROOT / page).read_text(), (ROOT / page.replace(".md", ".ru.md")).read_text()


def code_in_tables(text: str) -> list[list[str]]:
    """The words of code in the first cell of each row of a table: commands, settings, metrics."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return [cell.split("`")[1::2] for cell in cells]


def test_they_have_the_same_sections(pair: tuple[str, str]) -> None:
    english, russian = pair
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(russian)]


def test_they_have_the_same_blocks_of_code(pair: tuple[str, str]) -> None:
    english, russian = pair
    assert blocks(english) == blocks(russian)


def test_they_link_to_the_same_places(pair: tuple[str, str]) -> None:
    """A page or a picture of which there is a Russian one counts as that; so do the links of the two to each other."""
    english, russian = (
        {re.sub(r"\.ru(?=\.md)|-(en|ru)(?=\.png)", "", target) for target in links(text)} for text in pair
    )
    assert english == russian


def test_their_tables_speak_of_the_same_things(pair: tuple[str, str]) -> None:
    english, russian = pair
    assert code_in_tables(english) == code_in_tables(russian)
