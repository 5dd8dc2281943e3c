"""Text in files that people open with a spreadsheet, which takes some texts for formulas (CWE-1236)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from typing import Final

# Where a cell begins: at the text's own beginning, and behind a semicolon or a line's end, because a spreadsheet whose
# language has a decimal comma takes semicolons for the separators, and a quote in the middle of a cell for nothing.
_BEGINS_A_FORMULA: Final = re.compile(r"(^|[;\r\n])(?=[^\S\r\n]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_LEADING_CONTROLS: Final = ("\t", "\r", "\n")


class _Line:
    """What a csv.writer writes to: the line is what ``writerow`` returns."""

    def write(self, line: str) -> str:
        return line


def line_writer() -> Callable[[Iterable[str]], str]:
    """Makes a line of the file of a row's cells."""
    writer = csv.writer(_Line())
    return writer.writerow


def as_text(value: str) -> str:
    """The text so that a spreadsheet shows it and computes nothing: an apostrophe before what would begin a formula."""
    safe = _BEGINS_A_FORMULA.sub(r"\1'", value)
    return f"'{safe}" if safe.startswith(_LEADING_CONTROLS) else safe
