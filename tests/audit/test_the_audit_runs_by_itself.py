from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db.models import F
from structlog.testing import capture_logs

from payouts_service.audit import services, tasks
from payouts_service.audit.invariants import INVARIANTS
from payouts_service.audit.models import Verdict
from payouts_service.celery import app
from payouts_service.kit.clock import utc_now
from payouts_service.observability.metrics import render
from payouts_service.schedules import SCHEDULE
from tests.audit.stories import Stories


def samples() -> list[str]:
    return [line for line in render()[0].decode().splitlines() if line.startswith("payouts_audit_")]


def half_an_hour_later() -> None:
    Verdict.objects.update(judged_at=F("judged_at") - timedelta(minutes=31))


def test_there_is_nothing_to_show_before_the_first_audit(database: None) -> None:
    assert samples() == []


def test_the_verdicts_reach_the_metrics_of_every_process(stories: Stories) -> None:
    tasks.audit()

    shown = samples()
    assert len(shown) == len(INVARIANTS) + 2
    assert 'payouts_audit_broken{invariant="attempts_are_counted"} 0.0' in shown
    [last_run] = [line for line in shown if line.startswith("payouts_audit_last_run_timestamp_seconds ")]
    assert abs(float(last_run.split()[1]) - utc_now().timestamp()) < 3600
    assert last_run.replace("_last_run", "_last_full_run") in shown


def test_what_is_broken_is_shown_and_logged_until_it_is_mended(stories: Stories) -> None:
    stories.break_by_hand("UPDATE payouts_payout SET attempts = 2 WHERE id = %(id)s", "completed")
    with capture_logs() as lines:
        tasks.audit()

    [line] = [line for line in lines if line["log_level"] == "error"]
    assert (line["event"], line["invariant"], line["broken"]) == ("invariant_broken", "attempts_are_counted", 1)
    assert line["ids"] == [stories.payouts["completed"]]
    assert 'payouts_audit_broken{invariant="attempts_are_counted"} 1.0' in samples()

    stories.break_by_hand("UPDATE payouts_payout SET attempts = 1 WHERE id = %(id)s", "completed")
    half_an_hour_later()
    tasks.audit()
    assert 'payouts_audit_broken{invariant="attempts_are_counted"} 0.0' in samples()


def test_the_verdict_of_an_invariant_that_is_no_more_goes(database: None) -> None:
    Verdict.objects.create(invariant="of_an_earlier_release", broken=3, judged_at=utc_now())
    half_an_hour_later()

    tasks.audit()

    assert "of_an_earlier_release" not in Verdict.objects.values_list("invariant", flat=True)


@pytest.fixture
def another_audit(superuser: psycopg.Connection, database: None) -> Iterator[None]:
    """Another process is at it."""
    superuser.execute("SELECT pg_advisory_lock(%s)", [services._LOCK])  # noqa: SLF001 - the other process's hold
    yield
    superuser.execute("SELECT pg_advisory_unlock(%s)", [services._LOCK])  # noqa: SLF001 - as above


def test_two_audits_at_once_are_one(another_audit: None) -> None:
    tasks.audit()

    assert not Verdict.objects.exists()


def test_a_backlog_of_hints_makes_one_audit(database: None) -> None:
    tasks.audit()
    first = set(Verdict.objects.values_list("judged_at", flat=True))

    tasks.audit()

    assert set(Verdict.objects.values_list("judged_at", flat=True)) == first


def test_it_is_scheduled_under_the_name_that_workers_know() -> None:
    assert SCHEDULE["audit"]["task"] in app.tasks


def test_the_sweep_does_not_wait_behind_it() -> None:
    assert SCHEDULE["audit"]["options"]["queue"] != SCHEDULE["sweep"]["options"]["queue"]
