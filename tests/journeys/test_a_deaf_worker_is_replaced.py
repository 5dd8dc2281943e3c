"""A worker that lives and takes no hints ends itself, so that its keeper starts another; one at work never does."""

from __future__ import annotations

from pathlib import Path

import httpx

from payouts_service.celery import app
from payouts_service.hints.publisher import publish
from payouts_service.hints.watchdog import EXIT_CODE
from payouts_service.payouts.tasks import PAY, PAY_QUEUE
from tests.brokers import Broker
from tests.client import Client
from tests.eventually import eventually
from tests.journeys.conftest import Workers, all_completed
from tests.simulator_process import SimulatorProcess, free_port


def test_a_worker_that_answers_pings_and_takes_nothing_ends_itself(
    acme: Client, workers: Workers, simulator: SimulatorProcess, tmp_path: Path
) -> None:
    port = free_port()
    process = workers.worker(WATCHDOG_SECONDS="2", METRICS_DIR=str(tmp_path / "metrics"), METRICS_PORT=str(port))
    all_completed(acme, [acme.create()["id"]])
    app.control.cancel_consumer(PAY_QUEUE, reply=True, timeout=10)
    payout = acme.create()  # Its hint lies in the queue.
    assert app.control.ping(timeout=5)

    assert process.wait(60) == EXIT_CODE

    assert "worker_is_deaf" in workers.log()
    workers.worker()
    all_completed(acme, [payout["id"]])
    told = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text  # By the one that replaced it.
    assert 'payouts_deaf_workers_total{queue="payouts"} 1.0' in told


def test_a_worker_at_work_stays_however_many_hints_wait(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    process = workers.worker(WATCHDOG_SECONDS="1", SIMULATOR_TIMEOUT_SECONDS="8")
    payout = acme.create(metadata={"simulator": "hang"})
    eventually(lambda: acme.read(payout["id"])["status"] == "processing")
    for _ in range(5):
        publish(PAY, {"connector": "simulator"}, PAY_QUEUE)

    eventually(lambda: acme.read(payout["id"])["progress"] == "unknown")  # Eight limits later.

    assert process.poll() is None
    eventually(lambda: broker.length(PAY_QUEUE) == 0)


def test_a_worker_whose_broker_is_away_stays(
    acme: Client, workers: Workers, broker: Broker, simulator: SimulatorProcess
) -> None:
    process = workers.worker(WATCHDOG_SECONDS="1")
    all_completed(acme, [acme.create()["id"]])
    broker.stop()

    eventually(lambda: workers.log().count("Cannot connect to") > 2)  # Several limits later.

    assert process.poll() is None
