"""Judge one snapshot of the database by the invariants. Reads only; the periodic audit records its verdicts.

A full audit judges everything, and its time grows with the history. Between two of them the periodic audit judges what
has changed since it ran last, and what is not finished; ``changes.py`` says what that does not see.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import connection, transaction

from payouts_service.audit import changes
from payouts_service.audit.books import BOOKS_INVARIANTS
from payouts_service.audit.changes import Moment
from payouts_service.audit.invariant import Invariant
from payouts_service.audit.invariants import INVARIANTS
from payouts_service.audit.models import Mark, Verdict
from payouts_service.connectors import registry
from payouts_service.connectors.simulator.books import Effect, read_books
from payouts_service.payouts.queries import database_now
from payouts_service.payouts.wire import payout_id_text

_log = structlog.get_logger(__name__)

_IDS_SHOWN: Final = 10
_LONGEST_QUERY: Final = "15min"  # Whole tables are read: more than a request may.
_UNSEEN_AFTER: Final = "10 min"  # Far above the sweep's period, and above what a restart or a burst takes.
_FRESH_FOR: Final = "30 min"  # Half the time from one periodic audit to the next.
_FULL_EVERY: Final = timedelta(hours=23, minutes=30)  # So the hourly audit is full once a day, at the same hour.
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


class NothingJudgedYet(Exception):
    """No periodic audit has run, so nobody knows what has changed since: one sentence that says what to do."""


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


def judge_changes() -> list[Finding]:
    """One finding for each invariant that can be judged of what changed since the last periodic audit.

    Raises NothingJudgedYet where there was none.
    """
    with _snapshot():
        mark = Mark.objects.first()
        if mark is None:
            raise NothingJudgedYet("There was no periodic audit yet; judge everything.")
        return _findings_of_changes(mark.moment())


def broken_invariants() -> dict[str, int]:
    """How many objects break each invariant that the last periodic audit found broken."""
    return dict(Verdict.objects.filter(broken__gt=0).order_by("invariant").values_list("invariant", "broken"))


def audit_and_record() -> None:
    """The periodic audit: judge without any provider's books, keep the verdicts, log what is broken.

    Does nothing while another process is at it, or where the last one is fresh: two schedulers, and a backlog of hints
    after a night without workers, make one audit.
    """
    with _snapshot():
        if not _alone() or _fresh():
            _log.info("audit_not_needed")
            return
        here, mark = changes.this_moment(), Mark.objects.first()
        since = mark.moment() if mark is not None and not _full_is_due(mark, here) else None
        findings = _findings(None) if since is None else _findings_of_changes(since)
    _record(findings, here, full=since is None)
    for finding in findings:
        if finding.broken:
            _log.error(
                "invariant_broken", invariant=finding.invariant.name, broken=finding.broken, ids=list(finding.ids)
            )
    broken = sum(finding.broken > 0 for finding in findings)
    _log.info("audited", invariants=len(findings), broken=broken, full=since is None)


def _full_is_due(mark: Mark, here: Moment) -> bool:
    """Once a day; in another release or another cluster, whose past nobody has judged; and while anything is broken.

    For what is broken and does not change again would be judged no more, and look mended.
    """
    another_past = mark.cluster != here.cluster or mark.transaction_id > here.transaction_id
    known = set(Verdict.objects.values_list("invariant", flat=True)) == {item.name for item in INVARIANTS}
    overdue = mark.full_at <= here.at - _FULL_EVERY
    return another_past or not known or overdue or Verdict.objects.filter(broken__gt=0).exists()


@contextmanager
def _snapshot() -> Iterator[None]:
    """One state of the whole database for every query, and no way to change it."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [_LONGEST_QUERY])
        yield


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
    findings = [_find(invariant, invariant.query, _given()) for invariant in INVARIANTS]
    if books is not None:
        effects = [dataclasses.asdict(effect) for effect in books.effects]
        given = {"effects": json.dumps(effects), "asked_at": books.asked_at}
        findings += [_find(invariant, invariant.query, given) for invariant in BOOKS_INVARIANTS]
    return findings


def _findings_of_changes(last: Moment) -> list[Finding]:
    """What is open, the accounts' recent entries, and the payouts that changed, set by set."""
    given = {**_given(), **changes.bounds(last)}
    queries = {invariant: invariant.recent or invariant.query for invariant in INVARIANTS}
    findings = [_find(one, query, given) for one, query in queries.items() if one.reads in ("open", "accounts")]
    of_payouts = {one: Finding(one, 0, ()) for one in INVARIANTS if one.reads == "payouts"}
    for payouts in changes.changed_payouts(last):
        for invariant, before in of_payouts.items():
            found = _find(invariant, invariant.query, {"payouts": payouts}, part=changes.PART)
            ids = (*before.ids, *found.ids)[:_IDS_SHOWN]
            of_payouts[invariant] = Finding(invariant, before.broken + found.broken, ids)
    return [*of_payouts.values(), *findings]


def _given() -> dict[str, Any]:
    can = {name: registry.get(name).capabilities for name in registry.all_names()}
    return {
        "left_to_people": [name for name in can if not can[name].submits],
        "without_inquiry": [name for name in can if not can[name].inquiry],
        "unseen_after": _UNSEEN_AFTER,
    }


def _find(invariant: Invariant, query: str, given: Mapping[str, Any], *, part: str = "") -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            f"{part} SELECT id, count(*) OVER () FROM ({query}) AS broken (id) ORDER BY id LIMIT {_IDS_SHOWN}",  # noqa: S608 - a fixed text
            given,
        )
        rows = cursor.fetchall()
    ids = tuple(payout_id_text(found) if isinstance(found, UUID) else str(found) for found, _ in rows)
    return Finding(invariant, rows[0][1] if rows else 0, ids)


def _record(findings: Sequence[Finding], here: Moment, *, full: bool) -> None:
    """Replace the last verdicts, also those of invariants that an earlier release had, and keep the place reached."""
    verdicts = [Verdict(invariant=item.invariant.name, broken=item.broken, judged_at=here.at) for item in findings]
    reached = {"cluster": here.cluster, "transaction_id": here.transaction_id, "judged_at": here.at}
    with transaction.atomic():
        Verdict.objects.bulk_create(
            verdicts, update_conflicts=True, unique_fields=["invariant"], update_fields=["broken", "judged_at"]
        )
        Verdict.objects.exclude(invariant__in=[invariant.name for invariant in INVARIANTS]).delete()
        Mark.objects.update_or_create(id=1, defaults=reached | ({"full_at": here.at} if full else {}))
