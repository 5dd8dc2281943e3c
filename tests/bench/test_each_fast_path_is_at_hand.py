"""What `make bench-slowed` would take out is still there, so that a line that moved is noticed at once."""

from __future__ import annotations

import pytest

from bench.rig import CHECKOUT
from bench.slowed import PATHS, FastPath


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.what)
def test_its_line_stands_there_once(path: FastPath) -> None:
    assert (CHECKOUT / path.file).read_text().count(path.old) == 1
