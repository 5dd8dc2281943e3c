"""What the background work asks of PostgreSQL does not grow with the number of payouts that it takes at once."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from payouts_service.connectors.contract import confirmed
from payouts_service.payouts import claims, engine, tasks
from payouts_service.payouts.claims import Claimed
from payouts_service.payouts.models import Payout
from tests.client import Client
from tests.wire import Talk, overheard

# BEGIN and COMMIT among them. More of them make a batch slower: think twice before you raise these.
MOST_OF_A_CLAIM = 19
MOST_OF_A_SETTLEMENT = 15
MOST_OF_AN_IDLE_SWEEP = 17
MOST_OF_AN_IDLE_HINT = 4

# BEGIN and COMMIT, and no more.
MOST_PARSED_OF_A_CLAIM = 2
MOST_PARSED_OF_A_SETTLEMENT = 2

SIZES = (10, 200)


@pytest.fixture
def make_ready(acme: Client, superuser: psycopg.Connection) -> Callable[[int], None]:
    """Makes so many payouts that are ready, of the connector ``instant``."""
    first = acme.create(connector="instant")
    warmed_up = claims.claim_payable("instant", 1)  # The connector's row and the accounts are there from now on.
    engine.record([(item, confirmed()) for item in warmed_up.items])
    assert acme.read(first["id"])["status"] == "completed"

    def make(number: int) -> None:
        model = acme.create(connector="instant")
        assert model["status"] == "created"
        superuser.execute(
            "INSERT INTO payouts_payout SELECT copy.* FROM payouts_payout p, generate_series(2, %s) AS n,"
            " jsonb_populate_record(p, jsonb_build_object('id', md5(p.id::text || n)::uuid)) AS copy"
            " WHERE p.status = 'created'",
            [number],
        )

    return make


def said(work: Callable[[], object]) -> Talk:
    with overheard() as talk:
        work()
    return talk


def statements(work: Callable[[], object]) -> int:
    return said(work).statements


def claim(number: int) -> list[Claimed]:
    items = claims.claim_payable("instant", number).items
    assert len(items) == number
    return items


def test_a_claim_takes_as_many_statements_for_two_hundred_as_for_ten(make_ready: Callable[[int], None]) -> None:
    taken = []
    for size in SIZES:
        make_ready(size)
        taken.append(statements(lambda size=size: claim(size)))  # type: ignore[misc]  # mypy knows no default of a lambda.

    assert taken[0] == taken[1] <= MOST_OF_A_CLAIM


def test_what_a_set_asks_is_parsed_and_planned_once_on_each_connection(make_ready: Callable[[int], None]) -> None:
    for _ in range(2):
        make_ready(10)
        engine.record([(item, confirmed()) for item in claim(10)])
    make_ready(20)

    claimed: list[Claimed] = []
    claims_talk = said(lambda: claimed.extend(claim(10)))
    settlements_talk = said(lambda: engine.record([(item, confirmed()) for item in claimed]))

    assert claims_talk.parsed <= MOST_PARSED_OF_A_CLAIM
    assert settlements_talk.parsed <= MOST_PARSED_OF_A_SETTLEMENT


def test_so_does_a_settlement(make_ready: Callable[[int], None]) -> None:
    taken = []
    for size in SIZES:
        make_ready(size)
        answers = [(item, confirmed(f"theirs_{item.attempt.reference}")) for item in claim(size)]
        taken.append(statements(lambda answers=answers: engine.record(answers)))  # type: ignore[misc]  # As above.

    assert Payout.objects.filter(status="completed").count() == 1 + sum(SIZES)
    assert taken[0] == taken[1] <= MOST_OF_A_SETTLEMENT


def test_a_sweep_that_finds_nothing_asks_a_few_questions_whatever_is_finished(
    make_ready: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    for size in SIZES:
        make_ready(size)
        engine.record([(item, confirmed()) for item in claim(size)])
        monkeypatch.setattr(tasks, "_next_sweep_at", 0.0)
        taken.append(statements(tasks.sweep))

    assert taken[0] == taken[1] <= MOST_OF_AN_IDLE_SWEEP


def test_a_hint_that_finds_nothing_asks_two_questions_a_connector(database: None) -> None:
    assert statements(lambda: tasks.pay("instant")) <= MOST_OF_AN_IDLE_HINT
