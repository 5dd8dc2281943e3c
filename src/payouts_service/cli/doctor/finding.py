"""What the doctor found out about one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: ``warn`` can wait, ``fail`` keeps payouts from being made or paid."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, how it is, and what to do where it is not well."""

    name: str
    level: Level
    says: str
    advice: str = ""


def fine(name: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(name, Level.OK, says)
