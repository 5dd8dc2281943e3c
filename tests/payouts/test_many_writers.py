"""Of many who change one payout at once each is told the truth, and the events tell one legal history."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from django.http import HttpResponse

from payouts_service.kit import ids
from payouts_service.payouts.lifecycle import MOVES
from payouts_service.payouts.models import Payout
from tests.client import Client, address
from tests.concurrency import at_once, open_transaction
from tests.events.history import events_of, history
from tests.http.problem_documents import problem, refusal

Write = Callable[[Client, str], HttpResponse]

STATUS_MOVES = {(move.source, move.target) for move in MOVES}
WRITES: tuple[Write, ...] = (
    lambda client, where: client.patch(where, {"status": "processing"}),
    lambda client, where: client.patch(where, {"status": "completed"}),
    lambda client, where: client.patch(where, {"status": "failed"}, If_Match='"2"'),
    lambda client, where: client.post(f"{where}cancel/", {"reason": "Ordered twice"}),
    lambda client, where: client.delete(where),
)
LOSSES = {(409, "invalid-transition"), (409, "locked"), (412, "precondition-failed"), (404, "not-found")}


@pytest.mark.parametrize("round_", range(5))
def test_fifty_writers_make_one_legal_history(acme: Client, round_: int) -> None:
    payout_id = acme.create(connector="manual")["id"]

    # Another write comes first in each round, so that different ones win.
    answers = at_once(50, lambda n: WRITES[(n + round_) % len(WRITES)](Client(acme.key), address(payout_id)))

    lost = [answer for answer in answers if answer.status_code >= 400]
    assert {(answer.status_code, refusal(answer)["code"]) for answer in lost} <= LOSSES
    assert {answer.status_code for answer in answers if answer not in lost} <= {200, 204}
    types = history(payout_id)
    told = [event.data["status"] for event in events_of(payout_id)]
    if types[-1] == "payout.deleted":
        assert types == ["payout.created", "payout.deleted"]
        assert not Payout.objects.exists()
        return
    assert set(pairwise(told)) <= STATUS_MOVES
    assert acme.read(payout_id)["status"] == told[-1]
    assert acme.read(payout_id)["version"] == len(types)
    seen = {acme.json(answer)["version"] for answer in answers if answer.status_code == 200}
    assert seen <= set(range(2, len(types) + 1))


def test_of_fifty_who_read_the_same_version_one_changes_it(acme: Client) -> None:
    payout_id = acme.create(connector="manual")["id"]

    answers = at_once(
        50, lambda n: Client(acme.key).patch(address(payout_id), {"comment": f"Mine: {n}"}, If_Match='"1"')
    )

    [winner] = [answer for answer in answers if answer.status_code == 200]
    lost = {(answer.status_code, refusal(answer)["code"]) for answer in answers if answer is not winner}
    assert lost <= {(412, "precondition-failed"), (409, "locked")}
    assert acme.read(payout_id) == acme.json(winner)
    assert history(payout_id) == ["payout.created", "payout.updated"]


@pytest.mark.parametrize("write", [WRITES[0], WRITES[3], WRITES[4]], ids=["patch", "cancel", "delete"])
def test_a_payout_that_another_holds_is_told_to_be_locked(acme: Client, write: Write) -> None:
    payout = acme.create(connector="manual")
    lock = "SELECT 1 FROM payouts_payout WHERE id = %s FOR NO KEY UPDATE"

    with open_transaction(lock, ids.from_text("po", payout["id"])):
        problem(write(acme, address(payout["id"])), 409, "locked")
        assert acme.read(payout["id"]) == payout

    assert write(acme, address(payout["id"])).status_code in (200, 204)
