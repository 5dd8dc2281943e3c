from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pytest_django.fixtures import Settings

from payouts_service.audit.books import BOOKS_INVARIANTS
from payouts_service.audit.invariants import INVARIANTS
from payouts_service.cli import main
from payouts_service.connectors import registry
from payouts_service.payouts import engine
from tests.audit.stories import LEFT_TO_THE_FULL_AUDIT, Stories
from tests.client import Client
from tests.simulator_process import SimulatorProcess, free_port


@pytest.fixture
def own_simulator(tmp_path: Path, settings: Settings) -> Iterator[SimulatorProcess]:
    """A simulated provider whose books hold this test's payments only."""
    process = SimulatorProcess(free_port(), tmp_path / "books.sqlite")
    process.start()
    settings.SIMULATOR_URL = process.url
    registry.forget_all()
    try:
        yield process
    finally:
        registry.forget_all()
        process.stop()
        process.close()


def audit(*options: str) -> Result:
    return CliRunner().invoke(main, ["audit", *options])


def test_it_ends_well_where_every_promise_is_kept(stories: Stories) -> None:
    outcome = audit("--no-simulator")

    assert outcome.exit_code == 0, outcome.output
    lines = outcome.output.splitlines()
    assert [line.split() for line in lines[:-1]] == [[invariant.name, "ok", "0"] for invariant in INVARIANTS]
    assert lines[-1] == f"{len(INVARIANTS)} invariants, 0 broken."


def test_it_names_what_is_broken_and_ends_badly(stories: Stories) -> None:
    stories.break_by_hand("UPDATE payouts_payout SET attempts = 2 WHERE id = %(id)s", "completed")

    outcome = audit("--no-simulator")

    assert outcome.exit_code == 1
    rows = [line.split() for line in outcome.output.splitlines()]
    assert ["attempts_are_counted", "BROKEN", "1", stories.payouts["completed"]] in rows
    assert "A payout's number of attempts is that of its rows" in outcome.output


def test_it_prints_json(stories: Stories) -> None:
    stories.break_by_hand("UPDATE payouts_payout SET attempts = 2 WHERE id = %(id)s", "completed")

    outcome = audit("--no-simulator", "--json")

    document = json.loads(outcome.output)
    assert (outcome.exit_code, document["ok"]) == (1, False)
    [row] = [row for row in document["invariants"] if row["broken"]]
    assert (row["invariant"], row["broken"], row["ids"]) == ("attempts_are_counted", 1, [stories.payouts["completed"]])


def test_it_compares_with_the_books_where_the_simulator_is_in_use(
    acme: Client, own_simulator: SimulatorProcess
) -> None:
    for _ in range(3):
        acme.create()
    engine.pay_ready("simulator", budget_seconds=20)

    outcome = audit()

    assert outcome.exit_code == 0, outcome.output
    assert f"{len(INVARIANTS) + len(BOOKS_INVARIANTS)} invariants, 0 broken." in outcome.output


def test_it_compares_with_the_books_it_is_pointed_to(acme: Client, own_simulator: SimulatorProcess) -> None:
    payout = acme.create(connector="instant")["id"]
    engine.pay_ready("instant", budget_seconds=20)
    acme.create()
    engine.pay_ready("simulator", budget_seconds=20)
    own_simulator.kill()
    own_simulator.start()

    outcome = audit("--simulator", own_simulator.url)

    assert outcome.exit_code == 0, outcome.output
    assert payout not in outcome.output  # Not the simulator's to know.


def test_it_leaves_the_books_out_where_the_simulator_is_not_in_use(database: None, settings: Settings) -> None:
    settings.CONNECTORS = ("manual",)
    settings.SIMULATOR_URL = f"http://127.0.0.1:{free_port()}"

    assert audit().exit_code == 0


def test_it_says_where_the_books_could_not_be_read(database: None) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    outcome = audit("--simulator", url)

    assert outcome.exit_code == 1
    assert f"the books at {url} could not be read" in outcome.output
    assert "--no-simulator" in outcome.output


def test_it_refuses_two_wishes_at_once(database: None) -> None:
    assert audit("--simulator", "http://127.0.0.1:1", "--no-simulator").exit_code == 2


def test_it_judges_changes_alone_where_it_is_told_to(stories: Stories) -> None:
    stories.break_by_hand("UPDATE payouts_payout SET attempts = 2 WHERE id = %(id)s", "completed")

    outcome = audit("--changes")

    assert outcome.exit_code == 1
    assert f"{len(INVARIANTS) - len(LEFT_TO_THE_FULL_AUDIT)} invariants, 1 broken." in outcome.output
    assert f"a full audit judges {len(LEFT_TO_THE_FULL_AUDIT)} more" in outcome.output


def test_it_says_that_there_is_nothing_to_compare_changes_with(database: None) -> None:
    outcome = audit("--changes")

    assert (outcome.exit_code, "judge everything" in outcome.output) == (1, True)
