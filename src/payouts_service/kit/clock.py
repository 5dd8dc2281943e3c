"""Time: always aware, always UTC, always passed in where a rule needs it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """This process's clock. Leases and due times are compared with PostgreSQL's clock instead."""
    return datetime.now(UTC)


def wire_time(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: ``2026-11-23T10:00:00.000000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
