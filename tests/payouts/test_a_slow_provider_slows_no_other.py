"""A provider that hangs holds up its own payouts and no others, also where one process serves them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.db.models import F
from pytest_django import Settings

from payouts_service.connectors import registry
from payouts_service.connectors.contract import unknown
from payouts_service.payouts import claims, engine, returns, settlement, steps
from payouts_service.payouts.models import PayoutAttempt
from payouts_service.payouts.settlement import Result
from tests.client import Client
from tests.eventually import eventually
from tests.simulator_process import SimulatorProcess


@pytest.fixture
def anew() -> Iterator[None]:
    """Connectors are built by the test's own settings."""
    registry.forget_all()
    yield
    registry.forget_all()


@pytest.fixture
def patient(settings: Settings, anew: None) -> None:
    settings.SIMULATOR_TIMEOUT_SECONDS = 12


@pytest.fixture
def hanging(simulator: SimulatorProcess) -> Iterator[None]:
    simulator.control(outage="hang")
    yield
    simulator.control(outage=None)


@contextmanager
def at_work(work: Callable[[], object]) -> Iterator[Thread]:
    """A process's work beside the test's own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    worker = Thread(target=run)
    worker.start()
    try:
        yield worker
    finally:
        worker.join()


def in_doubt(acme: Client, connector: str, number: int) -> list[dict[str, Any]]:
    """Payouts whose answers were lost, and which are to be cleared up now."""
    payouts = [acme.create(connector=connector) for _ in range(number)]
    lost = claims.claim_payable(connector, number).items
    for item in lost:
        result = Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", unknown("no answer"))
        settlement.settle([result])
    at = PayoutAttempt.objects.filter(id__in=[item.attempt.id for item in lost])
    at.update(next_inquiry_at=F("opened_at"), submitted_at=F("opened_at"))
    return payouts


@pytest.mark.usefixtures("anew")
def test_nothing_is_written_while_its_answer_is_waited_for(acme: Client, settings: Settings) -> None:
    settings.INSTANT_SECONDS = 0.5  # The clock is looked at five times.
    payout = acme.create(connector="instant")
    reached: list[tuple[str, str]] = []

    steps.watch(lambda name, moment: reached.append((name, moment)))
    try:
        engine.pay_ready("instant", budget_seconds=30)
    finally:
        steps.watch(lambda *_: None)

    assert acme.read(payout["id"])["status"] == "completed"
    assert reached.count(("settle", "before")) == 1


@pytest.mark.usefixtures("patient")
def test_one_process_pays_by_the_other_connector_while_a_provider_hangs(
    acme: Client, simulator: SimulatorProcess
) -> None:
    hanging = [acme.create(metadata={"simulator": "hang"})["id"] for _ in range(80)]  # More than may be in flight.

    with at_work(partial(engine.pay_ready, "simulator", budget_seconds=5)) as worker:
        eventually(lambda: acme.read(hanging[0])["status"] == "processing")
        quick = [acme.create(connector="instant")["id"] for _ in range(5)]
        eventually(lambda: {acme.read(payout_id)["status"] for payout_id in quick} == {"completed"})
        assert {acme.read(payout_id)["status"] for payout_id in hanging} <= {"created", "processing"}
        assert worker.is_alive()


@pytest.mark.usefixtures("patient", "hanging")
def test_one_process_clears_up_the_other_connectors_payouts_while_a_provider_hangs(acme: Client) -> None:
    slow = in_doubt(acme, "simulator", 40)

    with at_work(partial(engine.ask_due, "simulator", budget_seconds=5)) as worker:
        eventually(PayoutAttempt.objects.filter(leased_for="inquire", lease_until__isnull=False).exists)
        quick = in_doubt(acme, "instant", 5)
        eventually(lambda: {acme.read(payout["id"])["status"] for payout in quick} == {"completed"})
        assert {acme.read(payout["id"])["progress"] for payout in slow} == {"unknown"}
        assert worker.is_alive()


@pytest.mark.usefixtures("anew", "hanging")
def test_a_provider_that_hangs_is_asked_about_one_return_before_the_others_have_their_turn(
    acme: Client, superuser: psycopg.Connection, settings: Settings
) -> None:
    settings.SIMULATOR_TIMEOUT_SECONDS = 2
    for _ in range(2):
        acme.create(connector="instant")
    engine.pay_ready("instant", budget_seconds=10)
    superuser.execute("UPDATE payouts_payoutattempt SET connector = 'simulator', returns_due_at = now()")

    assert returns.ask_due("simulator")  # There is more; a hint tells of it.

    asked = PayoutAttempt.objects.exclude(inquiries=0)
    assert (asked.count(), PayoutAttempt.objects.count()) == (1, 2)
