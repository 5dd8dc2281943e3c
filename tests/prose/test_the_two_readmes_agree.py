from __future__ import annotations

from tests.prose.markdown import ROOT, blocks, headings, links

ENGLISH = (ROOT / "README.md").read_text()
RUSSIAN = (ROOT / "README.ru.md").read_text()
EACH_OTHER = {"README.md", "README.ru.md"}


def code_in_tables(text: str) -> list[list[str]]:
    """The words of code in the first cell of each row of a table: commands, settings, metrics."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return [cell.split("`")[1::2] for cell in cells]


def test_they_have_the_same_sections() -> None:
    assert [level for level, _ in headings(ENGLISH)] == [level for level, _ in headings(RUSSIAN)]


def test_they_have_the_same_blocks_of_code() -> None:
    assert blocks(ENGLISH) == blocks(RUSSIAN)


def test_they_link_to_the_same_places() -> None:
    assert set(links(ENGLISH)) - EACH_OTHER == set(links(RUSSIAN)) - EACH_OTHER


def test_their_tables_speak_of_the_same_things() -> None:
    assert code_in_tables(ENGLISH) == code_in_tables(RUSSIAN)
