"""A worker that is told to stop begins nothing new, lets the calls under way end, and leaves the rest to others."""

from __future__ import annotations

from payouts_service.payouts.models import PayoutAttempt
from tests.client import Client
from tests.eventually import eventually
from tests.journeys.conftest import Workers, all_completed
from tests.simulator_process import SimulatorProcess


def test_a_worker_ends_after_the_calls_under_way_and_leaves_the_rest(
    acme: Client, workers: Workers, simulator: SimulatorProcess
) -> None:
    process = workers.worker(CLAIM_SIZE="4")
    hanging = [acme.create(metadata={"simulator": "hang"})["id"] for _ in range(4)]
    eventually(lambda: {acme.read(payout)["status"] for payout in hanging} == {"processing"})
    rest = [acme.create()["id"] for _ in range(12)]

    process.terminate()

    assert process.wait(60) == 0
    assert {acme.read(payout)["progress"] for payout in hanging} == {"unknown"}  # What the calls brought is recorded.
    assert {acme.read(payout)["status"] for payout in rest} == {"created"}
    workers.start()
    all_completed(acme, hanging + rest)
    references = list(PayoutAttempt.objects.values_list("reference", flat=True))
    assert [len(simulator.effects_of(reference)) for reference in references] == [1] * 16
