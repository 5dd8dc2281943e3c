"""Judge one snapshot of the database by every invariant. Reads only; the periodic audit records its verdicts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import connection, transaction

from payouts_service.audit.books import BOOKS_INVARIANTS
from payouts_service.audit.invariant import Invariant
from payouts_service.audit.invariants import INVARIANTS
from payouts_service.audit.models import Verdict
from payouts_service.connectors import registry
from payouts_service.connectors.simulator.books import Effect, read_books
from payouts_service.payouts.queries import database_now
from payouts_service.payouts.wire import payout_id_text

_log = structlog.get_logger(__name__)

_IDS_SHOWN: Final = 10
_LONGEST_QUERY: Final = "15min"  # Whole tables are read: more than a request may.
_UNSEEN_AFTER: Final = "10 min"  # Far above the sweep's period, and above what a restart or a burst takes.
_FRESH_FOR: Final = "30 min"  # Half the time from one periodic audit to the next.
_LOCK: Final = 7_161_004  # PostgreSQL's advisory locks are told apart by number; any that nobody else uses.


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What one invariant's query found: how many objects break it, and the ids of the first ones."""

    invariant: Invariant
    broken: int
    ids: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Books:
    """A provider's effects, and PostgreSQL's time before they were asked for."""

    effects: Sequence[Effect]
    asked_at: datetime


def fetch_books(url: str, *, timeout_seconds: float) -> Books:
    """The simulated provider's books; raises connectors.simulator.books.BooksUnreadable."""
    asked_at = database_now()
    return Books(read_books(url, timeout_seconds=timeout_seconds), asked_at)


def judge(books: Books | None) -> list[Finding]:
    """One finding for each invariant, broken or not; those about the books only where books are given.

    The books are older than the snapshot that they are compared with, so whatever they name must be known there.
    """
    with _snapshot():
        return _findings(books)


def audit_and_record() -> None:
    """The periodic audit: judge without any provider's books, keep the verdicts, log what is broken.

    Does nothing while another process is at it, or where the last one is fresh: two schedulers, and a backlog of hints
    after a night without workers, make one audit.
    """
    with _snapshot() as judged_at:
        if not _alone() or _fresh():
            _log.info("audit_not_needed")
            return
        findings = _findings(None)
    _record(findings, judged_at=judged_at)
    for finding in findings:
        if finding.broken:
            _log.error(
                "invariant_broken", invariant=finding.invariant.name, broken=finding.broken, ids=list(finding.ids)
            )
    _log.info("audited", invariants=len(findings), broken=sum(finding.broken > 0 for finding in findings))


@contextmanager
def _snapshot() -> Iterator[datetime]:
    """One state of the whole database for every query, and no way to change it; gives PostgreSQL's time."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [_LONGEST_QUERY])
        yield database_now()


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _fresh() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM audit_verdict WHERE judged_at > clock_timestamp() - %s::interval)", [_FRESH_FOR]
        )
        return bool(cursor.fetchone()[0])


def _findings(books: Books | None) -> list[Finding]:
    can = {name: registry.get(name).capabilities for name in registry.all_names()}
    given: dict[str, Any] = {
        "left_to_people": [name for name in can if not can[name].submits],
        "without_inquiry": [name for name in can if not can[name].inquiry],
        "unseen_after": _UNSEEN_AFTER,
    }
    findings = [_find(invariant, given) for invariant in INVARIANTS]
    if books is not None:
        effects = [dataclasses.asdict(effect) for effect in books.effects]
        given = {"effects": json.dumps(effects), "asked_at": books.asked_at}
        findings += [_find(invariant, given) for invariant in BOOKS_INVARIANTS]
    return findings


def _find(invariant: Invariant, given: dict[str, Any]) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, count(*) OVER () FROM ({invariant.query}) AS broken (id) ORDER BY id LIMIT {_IDS_SHOWN}",  # noqa: S608 - a fixed text
            given,
        )
        rows = cursor.fetchall()
    ids = tuple(payout_id_text(found) if isinstance(found, UUID) else str(found) for found, _ in rows)
    return Finding(invariant, rows[0][1] if rows else 0, ids)


def _record(findings: Sequence[Finding], *, judged_at: datetime) -> None:
    """Replace the last verdicts, also those of invariants that an earlier release had."""
    verdicts = [Verdict(invariant=item.invariant.name, broken=item.broken, judged_at=judged_at) for item in findings]
    with transaction.atomic():
        Verdict.objects.bulk_create(
            verdicts, update_conflicts=True, unique_fields=["invariant"], update_fields=["broken", "judged_at"]
        )
        Verdict.objects.exclude(invariant__in=[verdict.invariant for verdict in verdicts]).delete()
