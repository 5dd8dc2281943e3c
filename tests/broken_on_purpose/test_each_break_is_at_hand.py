"""What `make broken` would change is still there, so that a line that moved is noticed at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.broken_on_purpose.breaks import BREAKS, Break

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("each", BREAKS, ids=lambda each: each.what)
def test_its_line_stands_there_once_and_its_test_exists(each: Break) -> None:
    file, _, name = each.test.partition("::")

    assert (ROOT / each.file).read_text().count(each.old) == 1
    assert f"def {name}" in (ROOT / file).read_text()
