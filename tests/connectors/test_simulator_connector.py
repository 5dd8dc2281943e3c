from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from payouts_service.connectors.contract import (
    REJECTIONS,
    Connector,
    Outcome,
    OutcomeKind,
    PaymentInstruction,
    RejectionCode,
)
from tests.connectors.conftest import MakeInstruction, SimulatorAt
from tests.connectors.scripted_provider import answering, http
from tests.simulator_process import SimulatorProcess, free_port

SECRET_TEXT = "the provider's own text about Ada Lovelace"
PROVIDER_REFERENCE = "sim_1"


@pytest.fixture
def connector(simulator: SimulatorProcess, simulator_at: SimulatorAt) -> Connector:
    return simulator_at(simulator.url)


def inquire_until_final(connector: Connector, instruction: PaymentInstruction) -> Outcome:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        outcome = connector.inquire(instruction)
        if outcome.kind is not OutcomeKind.ACCEPTED:
            return outcome
        time.sleep(0.05)
    pytest.fail("the payment was not ended in time")


def test_it_leaves_one_exact_effect_in_the_books(
    connector: Connector, simulator: SimulatorProcess, instruct: MakeInstruction
) -> None:
    instruction = instruct(amount="123456789012345.67", currency="KZT")
    outcome = connector.submit(instruction)
    (effect,) = simulator.effects_of(instruction.reference)
    assert outcome.provider_reference == effect["provider_reference"]
    assert (effect["amount"], effect["currency"]) == ("123456789012345.67", "KZT")


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("reject:recipient_details_invalid", RejectionCode.RECIPIENT_DETAILS_INVALID),
        ("reject:recipient_account_closed", RejectionCode.RECIPIENT_ACCOUNT_CLOSED),
        ("reject:recipient_unreachable", RejectionCode.RECIPIENT_UNREACHABLE),
        ("reject:unsupported_recipient", RejectionCode.UNSUPPORTED_RECIPIENT),
        ("reject:amount_out_of_range", RejectionCode.AMOUNT_OUT_OF_RANGE),
        ("reject:insufficient_funds", RejectionCode.INSUFFICIENT_PROVIDER_FUNDS),
        ("reject:compliance", RejectionCode.COMPLIANCE_REFUSED),
        ("reject", RejectionCode.REFUSED_BY_PROVIDER),
        ("no such scenario", RejectionCode.REFUSED_BY_PROVIDER),
    ],
)
def test_it_translates_each_rejection(
    connector: Connector, simulator: SimulatorProcess, instruct: MakeInstruction, scenario: str, code: RejectionCode
) -> None:
    instruction = instruct(scenario=scenario)
    outcome = connector.submit(instruction)
    assert outcome.rejection == REJECTIONS[code]
    assert simulator.effects_of(instruction.reference) == []


@pytest.mark.parametrize(
    ("scenario", "end"),
    [("delay:0.3", OutcomeKind.CONFIRMED), ("delay:0.3:reject", OutcomeKind.REJECTED)],
)
def test_it_follows_a_payment_that_ends_later(
    connector: Connector, instruct: MakeInstruction, scenario: str, end: OutcomeKind
) -> None:
    instruction = instruct(scenario=scenario)
    assert connector.submit(instruction).kind is OutcomeKind.ACCEPTED
    assert inquire_until_final(connector, instruction).kind is end


def test_money_that_came_back_had_left(
    connector: Connector, simulator: SimulatorProcess, instruct: MakeInstruction
) -> None:
    instruction = instruct(scenario="return:0")
    connector.submit(instruction)
    for outcome in (connector.inquire(instruction), connector.submit(instruction)):
        assert (outcome.kind, outcome.evidence["provider_status"]) == (OutcomeKind.CONFIRMED, "returned")
    assert len(simulator.effects_of(instruction.reference)) == 1


@pytest.mark.parametrize("scenario", ["lose", "hang", "drip", "error", "throttle"])
def test_a_lost_answer_is_unknown_and_the_payment_is_not_made_twice(
    simulator_at: SimulatorAt, simulator: SimulatorProcess, instruct: MakeInstruction, scenario: str
) -> None:
    connector = simulator_at(simulator.url, timeout_seconds=1)
    instruction = instruct(scenario=scenario)
    lost = connector.submit(instruction)
    assert (lost.kind, lost.evidence["sent"]) == (OutcomeKind.UNKNOWN, True)
    assert connector.inquire(instruction).kind is OutcomeKind.CONFIRMED
    assert connector.submit(instruction).kind is OutcomeKind.CONFIRMED
    assert len(simulator.effects_of(instruction.reference)) == 1


def test_a_reference_that_paid_another_amount_is_unknown(
    connector: Connector, simulator: SimulatorProcess, instruct: MakeInstruction
) -> None:
    first, other = instruct(amount="1.00"), instruct(amount="2.00")
    connector.submit(first)
    outcome = connector.submit(replace(other, reference=first.reference))
    assert (outcome.kind, outcome.evidence["http_status"]) == (OutcomeKind.UNKNOWN, 409)
    assert len(simulator.effects_of(first.reference)) == 1


def test_a_provider_that_is_not_there_is_unknown_and_nothing_was_sent(
    simulator_at: SimulatorAt, instruct: MakeInstruction
) -> None:
    connector = simulator_at(f"http://127.0.0.1:{free_port()}")
    for outcome in (connector.submit(instruct()), connector.inquire(instruct())):
        assert (outcome.kind, outcome.evidence) == (OutcomeKind.UNKNOWN, {"sent": False})


def payment(instruction: PaymentInstruction, **changes: object) -> dict[str, object]:
    rejection = {"code": "refused", "message": SECRET_TEXT} if changes.get("status") == "rejected" else None
    return {
        "reference": instruction.reference,
        "provider_reference": PROVIDER_REFERENCE,
        "amount": format(instruction.amount, "f"),
        "currency": instruction.currency,
        "status": "confirmed",
        "rejection": rejection,
        **changes,
    }


GARBAGE = {
    "nothing at all": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half an answer": http(201, {"reference": "A1", "status": "confirmed"})[:-20],
    "a page": http(200, b"<html>" + SECRET_TEXT.encode()),
    "broken JSON": http(201, b'{"reference": "'),
    "deep JSON": http(201, b"[" * 60_000),
    "a list": http(201, b"[]"),
    "too much": http(201, b" " * 70_000),
    "too much without a length": b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 70_000,
    "compressed": http(201, b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"),
    "a missing field": http(201, {"reference": "A1", "status": "confirmed"}),
    "a bare 422": http(422, b"<html>Unprocessable"),
    "400": http(400, {"error": {"code": "invalid_request", "message": SECRET_TEXT}}),
    "404": http(404, {"error": {"code": "unknown_reference", "reference": "A1"}}),
    "429": http(429, b""),
    "502": http(502, b"<html>Bad gateway"),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE)
def test_a_submit_is_unknown_after(simulator_at: SimulatorAt, answer: bytes, instruct: MakeInstruction) -> None:
    with answering(answer) as url:
        outcome = simulator_at(url).submit(instruct())
    assert (outcome.kind, outcome.evidence["sent"]) == (OutcomeKind.UNKNOWN, True)
    assert SECRET_TEXT not in repr(outcome)


MISLEADING: dict[str, tuple[int, dict[str, object]]] = {
    "another reference": (201, {"reference": "B2"}),
    "another amount": (201, {"amount": "150.01"}),
    "another currency": (201, {"currency": "USD"}),
    "a number as the amount": (201, {"amount": 150.0}),
    "no finite amount": (201, {"amount": "NaN"}),
    "too large": (201, {"more": "x" * 70_000}),
    "a status of its own": (201, {"status": "sent"}),
    "a provider's reference with a space": (201, {"provider_reference": "a b"}),
    "a provider's reference with NUL": (201, {"provider_reference": "sim\0"}),
    "a rejection under 201": (201, {"status": "rejected"}),
    "a confirmation under 422": (422, {}),
    "a rejection without a reason": (422, {"status": "rejected", "rejection": None}),
    "another reference under 422": (422, {"status": "rejected", "reference": "B2"}),
    "401": (401, {}),
    "500": (500, {}),
}


@pytest.mark.parametrize(("status", "changes"), MISLEADING.values(), ids=MISLEADING)
def test_a_submit_is_unknown_after_a_payment_with(
    simulator_at: SimulatorAt, status: int, changes: dict[str, object], instruct: MakeInstruction
) -> None:
    instruction = instruct()
    with answering(http(status, payment(instruction, **changes))) as url:
        outcome = simulator_at(url).submit(instruction)
    assert (outcome.kind, outcome.evidence["sent"]) == (OutcomeKind.UNKNOWN, True)


def test_a_redirect_is_not_followed(
    simulator_at: SimulatorAt, simulator: SimulatorProcess, instruct: MakeInstruction
) -> None:
    instruction = instruct()
    with answering(http(307, b"", f"Location: {simulator.url}/payments")) as url:
        assert simulator_at(url).submit(instruction).kind is OutcomeKind.UNKNOWN
    assert simulator.effects_of(instruction.reference) == []


def test_the_payment_that_those_change_is_confirmed_as_it_stands(
    simulator_at: SimulatorAt, instruct: MakeInstruction
) -> None:
    instruction = instruct()
    with answering(http(201, payment(instruction))) as url:
        assert simulator_at(url).submit(instruction).kind is OutcomeKind.CONFIRMED


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(http(404, b"<html>Not found"), id="a bare 404"),
        pytest.param(http(404, {"error": {"code": "no_such_page"}}), id="another error under 404"),
        pytest.param(http(404, {"error": {"code": "unknown_reference", "reference": "B2"}}), id="another reference"),
        pytest.param(http(500, {"error": {"code": "unknown_reference", "reference": "A1"}}), id="500"),
        pytest.param(http(200, b"null"), id="null"),
    ],
)
def test_an_inquiry_is_unknown_after(simulator_at: SimulatorAt, answer: bytes, instruct: MakeInstruction) -> None:
    with answering(answer) as url:
        assert simulator_at(url).inquire(replace(instruct(), reference="A1")).kind is OutcomeKind.UNKNOWN


def test_an_inquiry_about_another_amount_is_unknown(
    connector: Connector, simulator: SimulatorProcess, instruct: MakeInstruction
) -> None:
    paid = instruct(amount="1.00")
    connector.submit(paid)
    assert connector.inquire(replace(paid, amount=Decimal("2.00"))).kind is OutcomeKind.UNKNOWN


def test_an_inquiry_believes_the_documented_404(simulator_at: SimulatorAt, instruct: MakeInstruction) -> None:
    with answering(http(404, {"error": {"code": "unknown_reference", "message": "", "reference": "A1"}})) as url:
        assert simulator_at(url).inquire(replace(instruct(), reference="A1")).kind is OutcomeKind.NOT_FOUND


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Filler: x", id="headers that never end"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n ", id="a body that never ends"),
    ],
)
def test_a_dripping_provider_cannot_outlast_the_deadline(
    simulator_at: SimulatorAt, start: bytes, instruct: MakeInstruction
) -> None:
    with answering(start, endless_drip=True) as url:
        outcome = simulator_at(url, timeout_seconds=0.5).submit(instruct())
    assert outcome.why == "no whole answer within 0.5 s"


def test_the_deadline_that_it_keeps_is_the_one_that_it_declares(
    simulator_at: SimulatorAt, simulator: SimulatorProcess
) -> None:
    capabilities = simulator_at(simulator.url, timeout_seconds=7).capabilities
    assert capabilities.call_timeout_seconds == 7
    assert capabilities.reference_memory is None
    assert capabilities.visible_after == timedelta(seconds=5)


def test_a_rejection_tells_nothing_of_the_providers_text(simulator_at: SimulatorAt, instruct: MakeInstruction) -> None:
    instruction = instruct()
    with answering(http(422, payment(instruction, status="rejected"))) as url:
        outcome = simulator_at(url).submit(instruction)
    assert outcome.kind is OutcomeKind.REJECTED
    assert outcome.evidence["provider_code"] == "refused"
    assert SECRET_TEXT not in repr(outcome)
