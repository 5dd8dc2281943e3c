"""The sweep goes on after a silence of the broker, and three schedulers do what one does."""

from __future__ import annotations

from payouts_service.payouts.models import PayoutAttempt
from tests.brokers import Broker
from tests.client import Client
from tests.eventually import eventually
from tests.journeys.conftest import Workers, all_completed
from tests.simulator_process import SimulatorProcess


def test_a_scheduler_outlives_the_silence_of_its_broker(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    workers.start()
    scheduler = workers.scheduler("second")
    all_completed(acme, [acme.create()["id"]])
    broker.freeze()
    payouts = [acme.create()["id"] for _ in range(5)]
    eventually(lambda: "TimeoutError" in workers.log() or "timed out" in workers.log(), seconds=60)
    broker.thaw()
    broker.flush()  # So that nothing but a new sweep can help.

    all_completed(acme, payouts)
    assert scheduler.poll() is None


def test_three_schedulers_pay_nothing_twice(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    payouts = [acme.create()["id"] for _ in range(20)]
    broker.flush()
    workers.start()
    workers.scheduler("second")
    workers.scheduler("third")

    all_completed(acme, payouts)

    references = list(PayoutAttempt.objects.values_list("reference", flat=True))
    assert [len(simulator.effects_of(reference)) for reference in references] == [1] * 20
