"""Whole stories through HTTP, a real worker and the simulated provider."""

from __future__ import annotations

import signal
from collections import Counter
from threading import Event

from payouts_service.hints.coalescing import give_soon
from payouts_service.payouts.models import Payout, PayoutAttempt
from tests.brokers import Broker
from tests.client import PAYOUTS, PLAIN_PAYOUT, Client
from tests.eventually import eventually
from tests.journeys.conftest import Workers, all_completed
from tests.simulator_process import SimulatorProcess


def paid_once_each(simulator: SimulatorProcess, payouts: int) -> None:
    references = list(PayoutAttempt.objects.values_list("reference", flat=True))
    assert len(references) == payouts
    times = Counter(effect["reference"] for effect in simulator.books())
    assert [times[reference] for reference in references] == [1] * payouts


def asked_for(acme: Client, payouts: int) -> list[str]:
    """The ids of so many payouts, each under a key of its own."""
    answers = [acme.post(PAYOUTS, PLAIN_PAYOUT, Idempotency_Key=f"key-{number}") for number in range(payouts)]
    assert {answer.status_code for answer in answers} == {201}
    return [acme.json(answer)["id"] for answer in answers]


def all_are_completed(payouts: int) -> None:
    eventually(lambda: Payout.objects.filter(status="completed").count() == payouts, seconds=120)


def test_a_payout_is_completed_in_the_background(acme: Client, workers: Workers, simulator: SimulatorProcess) -> None:
    workers.start()

    payout = acme.create(**PLAIN_PAYOUT)

    all_completed(acme, [payout["id"]])
    paid_once_each(simulator, 1)


def test_every_fate_reaches_its_end(acme: Client, workers: Workers, simulator: SimulatorProcess) -> None:
    workers.start()
    accepted = acme.create(metadata={"simulator": "delay:1"})["id"]
    lost = acme.create(metadata={"simulator": "lose"})["id"]
    refused = acme.create(metadata={"simulator": "reject"})["id"]

    all_completed(acme, [accepted, lost])
    eventually(lambda: bool(acme.read(refused)["status"] == "failed"))
    assert len(simulator.effects_of(PayoutAttempt.objects.get(outcome="rejected").reference)) == 0


def test_losing_the_broker_loses_no_payout(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    payouts = [acme.create()["id"] for _ in range(20)]
    given = Event()
    give_soon("the last", given.set)
    assert given.wait(10)
    broker.flush()  # Every hint is gone.

    workers.start()

    all_completed(acme, payouts)
    paid_once_each(simulator, 20)


def test_a_frozen_broker_stops_nobody_from_creating(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    workers.start()
    all_completed(acme, [acme.create()["id"]])
    broker.freeze()

    payouts = [acme.create()["id"] for _ in range(20)]
    broker.thaw()

    all_completed(acme, payouts)
    paid_once_each(simulator, 21)


def test_a_killed_broker_loses_no_payout_and_leaves_no_worker_deaf(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    workers.start()
    all_completed(acme, [acme.create()["id"]])
    broker.stop()
    assert asked_for(acme, 60) == asked_for(acme, 60)
    broker.start()

    acme.create()

    all_are_completed(62)
    paid_once_each(simulator, 62)


def test_a_broker_that_is_restarted_in_good_order_leaves_no_busy_worker_deaf(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    workers.start()
    all_completed(acme, [acme.create()["id"]])
    for _ in range(4):
        acme.create(metadata={"simulator": "hang"})
    eventually(lambda: Payout.objects.filter(status="processing").exists())
    broker.stop(by=signal.SIGTERM)
    broker.start()

    acme.create()

    all_are_completed(6)
    paid_once_each(simulator, 6)


def test_five_hundred_in_a_queue_that_dies_are_paid(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    asked_for(acme, 500)
    broker.stop()
    broker.start()

    workers.start()

    all_are_completed(500)
    paid_once_each(simulator, 500)


def test_emptying_the_broker_again_and_again_while_workers_work_loses_no_payout(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    workers.start()
    for number in range(100):
        acme.create(metadata={"simulator": "lose"} if number % 5 else {})
        if number % 10 == 0:
            broker.flush()

    all_are_completed(100)
    paid_once_each(simulator, 100)


def test_a_killed_worker_leaves_nothing_behind(acme: Client, workers: Workers, simulator: SimulatorProcess) -> None:
    workers.start()
    all_completed(acme, [acme.create()["id"]])
    for fate in ("hang", "delay:1") * 5:
        acme.create(metadata={"simulator": fate})
    hanging = PayoutAttempt.objects.filter(payout__metadata__simulator="hang")
    eventually(lambda: any(simulator.effects_of(attempt.reference) for attempt in hanging.all()))
    workers.kill()  # In the middle of its calls: the bank has paid, and its answer has not come.

    workers.start()

    all_are_completed(11)
    paid_once_each(simulator, 11)
