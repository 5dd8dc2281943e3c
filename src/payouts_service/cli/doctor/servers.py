"""PostgreSQL as the service needs it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from payouts_service.cli.doctor.finding import Finding, Level, fine
from payouts_service.cli.embedded.waiting import OLDEST_POSTGRES
from payouts_service.payouts.queries import database_now

_PER_MAJOR: Final = 10_000  # As libpq counts versions.
_APART: Final = timedelta(seconds=2)
_FAR_APART: Final = timedelta(minutes=1)


def database() -> Iterator[Finding]:
    """Whether it answers, is new enough, may be written to and loses nothing; then what is in it, and its clock."""
    place = f"{connection.settings_dict['HOST']}:{connection.settings_dict['PORT']}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int, current_setting('is_superuser') = 'on',"
                " pg_is_in_recovery()"
            )
            version, superuser, standby = cursor.fetchone()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        advice = "Start PostgreSQL (`make up` starts the embedded one), or correct DATABASE_URL."
        yield Finding("database", Level.FAIL, f"PostgreSQL at {place} cannot be used: {reason}", advice)
        return
    yield _server(place, version, superuser=superuser, standby=standby)
    yield _durability()
    yield _migrations()
    before = datetime.now(UTC)
    theirs = database_now()
    yield clock(before, theirs, datetime.now(UTC))


def _server(place: str, version: int, *, superuser: bool, standby: bool) -> Finding:
    says = f"PostgreSQL {version // _PER_MAJOR} at {place}"
    if version < OLDEST_POSTGRES:
        return Finding("database", Level.FAIL, f"{says} is too old", "Upgrade it to 15 or later.")
    if standby:
        return Finding(
            "database", Level.FAIL, f"{says} only reads: it is a standby", "Let DATABASE_URL name the primary."
        )
    if superuser:
        return Finding(
            "database",
            Level.WARN,
            f"{says} takes the service for a superuser, whom no trigger and no right stops",
            "Give DATABASE_URL a role of its own, as docs/how-to/deploy-without-containers.md shows.",
        )
    return fine("database", says)


def _durability() -> Finding:
    """Whether what PostgreSQL has acknowledged to this role is on its disk."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_settings WHERE setting = 'off'"
            " AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name"
        )
        names = [name for (name,) in cursor.fetchall()]
    if names:
        says = f"PostgreSQL runs with {', '.join(f'{name} off' for name in names)}: payouts may be lost"
        return Finding("durability", Level.FAIL, says, "Set them on, for the server, the database and the role.")
    return fine("durability", "what PostgreSQL has acknowledged is on its disk")


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        return Finding("migrations", Level.FAIL, f"{missing} are not applied", "Run `payouts migrate`.")
    return fine("migrations", "all applied")


def clock(before: datetime, theirs: datetime, after: datetime) -> Finding:
    """PostgreSQL's time, asked for between two looks at our clock: what lies outside them is sure to differ."""
    apart = max(before - theirs, theirs - after, timedelta(0))
    if apart <= _APART:
        return fine("clock", "agrees with PostgreSQL's")
    return Finding(
        "clock",
        Level.WARN if apart <= _FAR_APART else Level.FAIL,
        f"differs from PostgreSQL's by {apart.total_seconds():.0f} s",
        "Let NTP set the clocks of both machines: callbacks and keys are judged by this one.",
    )
