from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from celery.schedules import schedule

from payouts_service.celery import app as ours
from payouts_service.hints.scheduler import Scheduler

EVERY_SECONDS = 5
HOURS = timedelta(hours=2)


class Clock:
    time = datetime(2026, 10, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def __reduce__(self) -> str:
        return "CLOCK"  # The scheduler keeps its entries in a file, and finds this one clock when it reads them.


CLOCK = Clock()


@pytest.fixture
def clock() -> Clock:
    return CLOCK


@pytest.fixture
def scheduler(tmp_path: Path, clock: Clock) -> Iterator[Scheduler]:
    scheduler = start(tmp_path, clock)
    yield scheduler
    scheduler.close()


def start(folder: Path, clock: Clock) -> Scheduler:
    app = Celery("scheduled", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {"sweep": {"task": "sweep", "schedule": schedule(EVERY_SECONDS, nowfun=clock, app=app)}}
    return Scheduler(app=app, schedule_filename=str(folder / "beat"))


def runs(scheduler: Scheduler) -> int:
    """How many there have been, once everything that is due now was given."""
    while (delay := scheduler.tick()) == 0:
        pass
    assert delay <= EVERY_SECONDS
    count: int = scheduler.schedule["sweep"].total_run_count
    return count


def test_it_is_the_scheduler_that_beat_runs() -> None:
    assert ours.conf.beat_scheduler == f"{Scheduler.__module__}:{Scheduler.__name__}"


@pytest.mark.parametrize("step", [-HOURS, HOURS, timedelta()])
def test_the_next_sweep_comes_within_its_interval(scheduler: Scheduler, clock: Clock, step: timedelta) -> None:
    clock.time += timedelta(seconds=EVERY_SECONDS)
    before = runs(scheduler)
    clock.time += step
    runs(scheduler)
    clock.time += timedelta(seconds=EVERY_SECONDS)

    assert runs(scheduler) > before


def test_a_scheduler_that_starts_after_the_clock_was_set_back_gives_sweeps_too(tmp_path: Path, clock: Clock) -> None:
    first = start(tmp_path, clock)
    clock.time += timedelta(seconds=EVERY_SECONDS)
    before = runs(first)
    first.close()
    clock.time -= HOURS
    second = start(tmp_path, clock)
    runs(second)
    clock.time += timedelta(seconds=EVERY_SECONDS)

    assert runs(second) > before
    second.close()
