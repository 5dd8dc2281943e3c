from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from payouts_service.connectors import contract
from payouts_service.connectors.contract import (
    REJECTIONS,
    CallbackNews,
    Capabilities,
    Outcome,
    OutcomeKind,
    Party,
    PaymentInstruction,
    RejectionCode,
)
from payouts_service.connectors.instant.connector import InstantConnector
from payouts_service.connectors.safety import UnsafeConnector, check, left_to_people
from tests.connectors.conftest import IBAN, MakeInstruction


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reference", ""),
        ("reference", "A" * 36),
        ("reference", "A-1"),
        ("reference", "A1\n"),
        ("reference", "А1"),
        ("amount", Decimal(0)),
        ("amount", Decimal(-1)),
        ("amount", Decimal("NaN")),
        ("amount", Decimal("Infinity")),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("recipient", {"iban": "DE89370400440532013000"}),
    ],
)
def test_an_instruction_that_breaks_a_rule_cannot_be_made(instruct: MakeInstruction, field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        dataclasses.replace(instruct(), **{field: value})


def test_an_instruction_does_not_show_the_recipient(instruct: MakeInstruction) -> None:
    shown = repr(instruct(scenario="private"))
    assert IBAN["name"] not in shown
    assert IBAN["iban"] not in shown
    assert "private" not in shown


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Outcome(OutcomeKind.REJECTED), id="rejected without a rejection"),
        pytest.param(
            lambda: Outcome(OutcomeKind.CONFIRMED, rejection=REJECTIONS[RejectionCode.COMPLIANCE_REFUSED]),
            id="confirmed with a rejection",
        ),
        pytest.param(lambda: contract.unknown(""), id="unknown without a why"),
        pytest.param(lambda: Outcome(OutcomeKind.ACCEPTED, why="why not"), id="accepted with a why"),
        pytest.param(lambda: Outcome(OutcomeKind.NOT_FOUND, "sim_1"), id="not found with their reference"),
        pytest.param(lambda: Outcome(OutcomeKind.UNKNOWN, "sim_1", why="reset"), id="unknown with their reference"),
        pytest.param(lambda: contract.confirmed(""), id="an empty reference"),
        pytest.param(lambda: contract.confirmed("a b"), id="a reference with a space"),
        pytest.param(lambda: contract.confirmed("x" * 101), id="a reference that is too long"),
    ],
)
def test_an_outcome_that_contradicts_itself_cannot_be_made(make: Callable[[], Outcome]) -> None:
    with pytest.raises(ValueError, match=r"outcome|provider_reference"):
        make()


@pytest.mark.parametrize("text", ["0", "-1", "NaN", "sNaN", "Infinity", "1E+15", "999999999999999.1", "1E+99999"])
@pytest.mark.parametrize("field", ["fee", "returned"])
def test_a_sum_that_no_column_holds_cannot_be_told(field: str, text: str) -> None:
    most: dict[str, Any] = {field: Decimal(999999999999999)}
    wrong: dict[str, Any] = {field: Decimal(text)}
    assert getattr(contract.confirmed("sim_1", **most), field) == most[field]
    with pytest.raises(ValueError, match=field):
        contract.confirmed("sim_1", **wrong)


INSTANT = InstantConnector(seconds=0, max_in_flight=64)
NEWS = CallbackNews("evt_1", "A1", Decimal("10.00"), "EUR", contract.confirmed("sim_1"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", ""),
        ("event_id", "a b"),
        ("event_id", "x" * 101),
        ("reference", "A-1"),
        ("amount", Decimal(0)),
        ("amount", Decimal("NaN")),
        ("currency", "eur"),
        ("outcome", contract.unknown("no answer")),
        ("outcome", contract.not_found()),
    ],
)
def test_news_that_break_a_rule_cannot_be_made(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        dataclasses.replace(NEWS, **{field: value})


def test_money_that_never_left_cannot_return() -> None:
    assert dataclasses.replace(NEWS, returned=True).returned
    for outcome in (contract.accepted(), contract.rejected(RejectionCode.COMPLIANCE_REFUSED)):
        with pytest.raises(ValueError, match="confirmed"):
            dataclasses.replace(NEWS, outcome=outcome, returned=True)


def test_every_rejection_code_has_its_meaning() -> None:
    assert set(REJECTIONS) == set(RejectionCode)
    assert all(REJECTIONS[code].code is code for code in RejectionCode)


def test_a_connector_may_know_more_than_the_usual_meaning() -> None:
    outcome = contract.rejected(RejectionCode.REFUSED_BY_PROVIDER, party=Party.CLIENT, retryable=True)
    usual = REJECTIONS[RejectionCode.REFUSED_BY_PROVIDER]
    assert outcome.rejection == dataclasses.replace(usual, party=Party.CLIENT, retryable=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_in_flight", 0),
        ("call_timeout_seconds", 0.0),
        ("visible_after", timedelta(seconds=-1)),
        ("reference_memory", timedelta(0)),
        ("currencies", frozenset()),
        ("kinds", frozenset()),
    ],
)
def test_a_capability_without_meaning_cannot_be_declared(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        dataclasses.replace(INSTANT.capabilities, **{field: value})


@dataclass(frozen=True)
class DeclaredConnector:
    """A connector of which only the declaration matters."""

    capabilities: Capabilities
    name: str = "declared"

    def submit(self, instruction: PaymentInstruction) -> Outcome:
        return contract.unknown("it sends nothing")

    def inquire(self, instruction: PaymentInstruction) -> Outcome:
        return contract.not_found()

    def verify_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        raise contract.CallbackRefused("it knows no caller")

    def translate_callback(self, body: bytes) -> CallbackNews:
        raise contract.CallbackNotUnderstood("it speaks no language")


def connector_that(*, submits: bool, inquiry: bool, idempotent_submit: bool) -> DeclaredConnector:
    usual = INSTANT.capabilities
    return DeclaredConnector(
        dataclasses.replace(usual, submits=submits, inquiry=inquiry, idempotent_submit=idempotent_submit)
    )


def test_a_connector_whose_lost_answers_could_never_be_cleared_up_is_refused() -> None:
    with pytest.raises(UnsafeConnector, match="inquiry"):
        check(connector_that(submits=True, inquiry=False, idempotent_submit=False))


@pytest.mark.parametrize(("submits", "inquiry", "idempotent"), [(True, True, False), (True, False, True), (False,) * 3])
def test_a_connector_that_can_be_made_safe_is_not_refused(submits: bool, inquiry: bool, idempotent: bool) -> None:  # noqa: FBT001 - pytest passes parameters by name
    check(connector_that(submits=submits, inquiry=inquiry, idempotent_submit=idempotent))


@pytest.mark.parametrize(
    ("declared", "duty"),
    [
        ({"submits": False}, "People pay"),
        ({"idempotent_submit": False}, "whose answer was lost"),
        ({"reference_memory": timedelta(hours=24), "inquiry": True}, "24 hours after it was claimed"),
        ({"reference_memory": timedelta(hours=24), "inquiry": False}, "cannot be asked"),
    ],
)
def test_a_connector_says_what_it_leaves_to_people(declared: dict[str, Any], duty: str) -> None:
    [told] = left_to_people(dataclasses.replace(INSTANT.capabilities, **declared))

    assert duty in told


def test_a_connector_that_is_safe_by_itself_leaves_nothing_to_people() -> None:
    assert left_to_people(INSTANT.capabilities) == []
