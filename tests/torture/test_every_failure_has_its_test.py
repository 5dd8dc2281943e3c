from __future__ import annotations

import re
from pathlib import Path

from tests.torture import faults

ROOT = Path(__file__).resolve().parents[2]
_QUOTED = re.compile(r"`([^`]+)`")


def rows() -> list[list[str]]:
    """The cells of the table of failures in docs/torture.md, without its head."""
    text = (ROOT / "docs" / "torture.md").read_text()
    section = text.partition("\n## Every kind of failure\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_fault_of_the_torture_stands_in_the_table_and_no_other() -> None:
    told = [name for _, struck, _ in rows() for name in _QUOTED.findall(struck) if not name.startswith("COUNT=")]

    assert sorted(told) == sorted(fault.name for fault in faults.table())


def test_every_file_in_the_table_exists() -> None:
    files = [name for row in rows() for name in _QUOTED.findall(row[2]) if name.endswith(".py")]

    assert files
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_failure_has_a_fault_a_test_or_a_reason() -> None:
    assert [row[0] for row in rows() if not any(row[1:])] == []
