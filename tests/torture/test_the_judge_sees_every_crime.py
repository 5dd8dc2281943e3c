from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from payouts_service.kit import ids
from tests.torture.judge import Books, Effect, Finding, Stored, broken_answers, judge
from tests.torture.load import Intent

PAID = Decimal("12.50")


def intent(fate: str = "confirm") -> Intent:
    return Intent(number=1, key="k1", fate=fate, amount=PAID, currency="EUR", began_at=0.0)


def books(wanted: Intent, *, status: str = "completed", effects: int = 1, waits: bool = False) -> Books:
    """One payout that its client was told of, with so many effects under one reference each."""
    payout_id = ids.new_id()
    wanted.learn({"id": ids.to_text("po", payout_id), "status": "created"}, "created")
    stored = Stored(payout_id, wanted.number, status, Decimal("12.5000"), "EUR", 1.0, waits)
    paid = [Effect(f"ref{number}", PAID, "EUR") for number in range(effects)]
    return Books([wanted], [stored], {effect.reference: payout_id for effect in paid}, paid)


def kinds(findings: list[Finding]) -> list[str]:
    return [finding.kind for finding in findings]


def test_a_payout_paid_once_is_well() -> None:
    assert judge(books(intent())) == []


def test_a_refused_payout_that_moved_no_money_is_well() -> None:
    assert judge(books(intent("lose:reject"), status="failed", effects=0)) == []


def test_a_payout_that_waits_for_a_person_is_not_lost() -> None:
    assert judge(books(intent(), status="processing", effects=0, waits=True)) == []


def test_two_references_of_one_payout_are_a_double() -> None:
    assert kinds(judge(books(intent(), effects=2))) == ["double"]


def test_one_reference_paid_twice_is_a_double() -> None:
    found = books(intent())
    assert set(kinds(judge(replace(found, effects=[*found.effects, *found.effects])))) == {"double"}


def test_two_payouts_of_one_key_are_a_double() -> None:
    found = books(intent("reject"), status="failed", effects=0)
    again = replace(found.stored[0], id=uuid4())
    assert kinds(judge(replace(found, stored=[*found.stored, again]))) == ["double"]


def test_an_acknowledged_payout_that_does_not_exist_is_lost() -> None:
    assert kinds(judge(replace(books(intent(), effects=0), stored=[]))) == ["lost"]


@pytest.mark.parametrize("status", ["created", "processing"])
def test_a_payout_that_never_ends_is_lost(status: str) -> None:
    assert kinds(judge(books(intent(), status=status, effects=0))) == ["lost"]


@pytest.mark.parametrize(
    ("fate", "status", "effects"),
    [
        ("confirm", "completed", 0),
        ("reject", "failed", 1),
        ("lose", "failed", 0),  # The provider would have paid: an unknown outcome was taken for a failure.
        ("reject", "completed", 1),
    ],
)
def test_an_end_that_the_provider_did_not_give_is_unexplained(fate: str, status: str, effects: int) -> None:
    assert "unexplained" in kinds(judge(books(intent(fate), status=status, effects=effects)))


def test_another_amount_is_unexplained() -> None:
    found = books(intent())
    other = replace(found.effects[0], amount=Decimal("12.51"))
    assert kinds(judge(replace(found, effects=[other]))) == ["unexplained"]


def test_money_under_a_strange_reference_is_unexplained() -> None:
    found = books(intent())
    stranger = Effect("stranger", PAID, "EUR")
    assert kinds(judge(replace(found, effects=[*found.effects, stranger]))) == ["unexplained"]


@pytest.mark.parametrize(
    ("submits", "not_found", "found"),
    [(1, 0, []), (0, 1, []), (2, 1, ["unexplained"]), (2, 2, []), (3, 3, ["unexplained"]), (3, 4, [])],
)
def test_a_reference_sent_again_without_two_answers_that_it_is_missing_is_unexplained(
    submits: int, not_found: int, found: list[str]
) -> None:
    again = replace(books(intent()), submits={"ref0": submits}, not_found={"ref0": not_found})
    assert kinds(judge(again)) == found


def test_a_submission_that_no_attempt_knows_is_unexplained() -> None:
    assert kinds(judge(replace(books(intent()), submits={"stranger": 1}))) == ["unexplained"]


@pytest.mark.parametrize(("opened_at", "found"), [(99.9, ["unexplained"]), (100.0, [])])
def test_a_payment_before_its_time_is_unexplained(opened_at: float, found: list[str]) -> None:
    early = books(replace(intent(), not_before=100.0))
    early = replace(early, stored=[replace(early.stored[0], opened_at=opened_at)])
    assert kinds(judge(early)) == found


def test_a_key_that_nobody_answered_is_unexplained() -> None:
    assert kinds(judge(Books([intent()], [], {}, []))) == ["unexplained"]


@pytest.mark.parametrize(("known", "told"), [("processing", "created"), ("completed", "failed"), ("failed", "created")])
def test_a_status_that_goes_backwards_is_unexplained(known: str, told: str) -> None:
    wanted = intent()
    found = books(wanted)
    wanted.learn({"id": min(wanted.ids), "status": told}, known)
    assert kinds(judge(found)) == ["unexplained"]


def test_two_ids_for_one_key_are_unexplained() -> None:
    wanted = intent()
    found = books(wanted)
    wanted.learn({"id": ids.to_text("po", ids.new_id()), "status": "created"}, "created")
    assert "unexplained" in kinds(judge(found))


def test_a_server_error_is_unexplained_and_another_odd_answer_is_only_told() -> None:
    found = broken_answers({"POST 500 {}": 2, "GET 502 ": 1, "GET 404 500": 1, "POST 400 {}": 3})

    assert kinds(found) == ["unexplained", "unexplained"]
    assert "2 times: POST 500" in found[0].text
