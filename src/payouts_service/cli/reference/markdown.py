"""What the pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def head(title: str, *paragraphs: str) -> str:
    """The beginning of a page."""
    made = "Made from the code by `make docs`; not edited by hand."
    return "\n\n".join((f"# {title}", *paragraphs, made)) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, with its bars inside cells written so that they end none."""
    lines = [_row(columns), "|" + "---|" * len(columns), *map(_row, rows)]
    return "\n" + "\n".join(lines) + "\n"


def code(text: str) -> str:
    """As it is typed; nothing where there is nothing."""
    return f"`{text}`" if text else ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
