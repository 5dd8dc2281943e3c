"""A connector's limits hold for all processes together, and one kind of call leaves room for the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connections
from pytest_django import Settings
from structlog.testing import capture_logs

from payouts_service.connectors.contract import unknown
from payouts_service.payouts import claims, engine
from payouts_service.payouts.claims import Claimed
from payouts_service.payouts.models import ConnectorState, PayoutAttempt
from tests.client import Client
from tests.concurrency import at_once, open_transaction
from tests.eventually import eventually
from tests.payouts.limits import limited
from tests.simulator_process import SimulatorProcess


@pytest.fixture
def four_places() -> Iterator[None]:
    with limited("simulator", max_in_flight=4):
        yield


def settle(items: list[Claimed]) -> None:
    engine.record([(item, unknown("no answer")) for item in items])


@pytest.mark.usefixtures("four_places")
def test_all_processes_together_keep_to_the_limit(acme: Client) -> None:
    for _ in range(12):
        acme.create()

    taken = at_once(3, lambda _: claims.claim_payable("simulator", 3))

    assert sum(len(claim.items) for claim in taken) == 4
    full = claims.claim_payable("simulator", 10)
    assert full.items == []
    assert full.look_again_seconds is not None
    settle([item for claim in taken for item in claim.items])
    assert len(claims.claim_payable("simulator", 10).items) == 4


@pytest.mark.usefixtures("four_places")
def test_a_dead_process_gives_its_places_back_after_the_longest_call(
    acme: Client, superuser: psycopg.Connection, settings: Settings
) -> None:
    for _ in range(8):
        acme.create()
    assert len(claims.claim_payable("simulator", 10).items) == 4  # …and its process dies.
    assert claims.claim_payable("simulator", 10).items == []

    longest = settings.SIMULATOR_TIMEOUT_SECONDS + 2
    superuser.execute(
        "UPDATE payouts_payoutattempt SET lease_until = lease_until - make_interval(secs => %s)", [longest]
    )

    assert len(claims.claim_payable("simulator", 10).items) == 4


@pytest.mark.usefixtures("four_places")
def test_inquiries_find_a_place_beside_submissions_and_the_other_way_round(
    acme: Client, superuser: psycopg.Connection, settings: Settings
) -> None:
    settings.INQUIRY_SECONDS = 0
    for _ in range(4):
        acme.create()
    settle(claims.claim_payable("simulator", 4).items)
    for _ in range(8):
        acme.create()

    submitted = claims.claim_payable("simulator", 10).items
    asked = claims.claim_due("simulator", 10).items

    assert (len(submitted), len(asked)) == (3, 1)
    settle(submitted)
    superuser.execute("UPDATE payouts_payoutattempt SET next_inquiry_at = now() WHERE lease_until IS NULL")
    assert len(claims.claim_due("simulator", 10).items) == 2  # With the one under way, three of four.
    assert len(claims.claim_payable("simulator", 10).items) == 1


def test_the_rate_is_kept_by_what_postgresql_counts(acme: Client, superuser: psycopg.Connection) -> None:
    for _ in range(12):
        acme.create()
    with limited("simulator", rate_limit=5.0):
        assert len(claims.claim_payable("simulator", 10).items) == 5
        none = claims.claim_payable("simulator", 10)
        assert none.items == []
        assert none.look_again_seconds is not None
        assert 0 < none.look_again_seconds <= 0.2

        superuser.execute("UPDATE payouts_connectorstate SET tokens_at = tokens_at - interval '0.4 s', tokens = 0")
        assert 2 <= len(claims.claim_payable("simulator", 10).items) <= 5
        superuser.execute("UPDATE payouts_connectorstate SET tokens_at = tokens_at - interval '1 h', tokens = 0")
        assert len(claims.claim_payable("simulator", 10).items) <= 5  # However long idle.
    assert ConnectorState.objects.get().tokens >= 0


def test_a_run_ends_all_the_same_where_the_rate_makes_it_wait(acme: Client, simulator: SimulatorProcess) -> None:
    made = {acme.create()["id"] for _ in range(12)}

    with limited("simulator", rate_limit=10.0):
        engine.pay_ready("simulator", budget_seconds=30)

    assert {acme.read(payout_id)["status"] for payout_id in made} == {"completed"}
    assert PayoutAttempt.objects.count() == 12


def test_a_connector_whose_row_others_hold_is_looked_at_again(acme: Client, simulator: SimulatorProcess) -> None:
    payout = acme.create()
    claims.claim_payable("simulator", 0)

    def pay() -> None:
        try:
            engine.pay_ready("simulator", budget_seconds=60)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with open_transaction("SELECT FROM payouts_connectorstate FOR NO KEY UPDATE"), capture_logs() as lines:
            paying = threads.submit(pay)
            eventually(lambda: any(line["event"] == "connector_busy" for line in lines))
        paying.result()

    assert acme.read(payout["id"])["status"] == "completed"
