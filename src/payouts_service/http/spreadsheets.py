"""Text in files that people open with a spreadsheet, which takes some texts for formulas (CWE-1236)."""

from __future__ import annotations

from typing import Final

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_text(value: str) -> str:
    """The text so that a spreadsheet shows it and computes nothing: an apostrophe before what would begin a formula."""
    return f"'{value}" if value.startswith(_BEGINS_A_FORMULA) else value
