from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from payouts_service.connectors.contract import (
    REJECTIONS,
    CallbackNotUnderstood,
    CallbackRefused,
    Connector,
    OutcomeKind,
    RejectionCode,
)
from payouts_service.connectors.simulator.connector import build
from tests.connectors.conftest import CALLBACK_SECRET, ConnectorSettings, MakeInstruction, SimulatorAt
from tests.simulator.receiver import Call, Receiver, receiving
from tests.simulator_process import SimulatorProcess, free_port

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET_TEXT = "the provider's own text about Ada Lovelace"


@pytest.fixture
def connector(simulator_at: SimulatorAt) -> Connector:
    return simulator_at("http://127.0.0.1:9")  # It never calls: both functions look at what they are given alone.


def event(kind: str = "payment.confirmed", **changes: object) -> dict[str, Any]:
    rejection = {"code": "compliance", "message": SECRET_TEXT} if kind == "payment.rejected" else None
    data: dict[str, object] = {
        "reference": "A1",
        "provider_reference": "sim_1",
        "amount": "10.00",
        "currency": "EUR",
        "rejection": rejection,
    }
    return {"id": "evt_1", "type": kind, "timestamp": "2026-11-23T12:00:00Z", "data": {**data, **changes}}


BODY = json.dumps(event()).encode()


def signed(
    body: bytes = BODY, *, secret: str = CALLBACK_SECRET, at: datetime = NOW, event_id: str = "evt_1"
) -> dict[str, str]:
    """The headers, made here after the specification of Standard Webhooks and not with the code under test."""
    timestamp = str(int(at.timestamp()))
    content = b".".join([event_id.encode(), timestamp.encode(), body])
    code = base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()
    return {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{code}"}


@pytest.mark.parametrize("away", [timedelta(0), timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_signed_one_passes_within_five_minutes(connector: Connector, away: timedelta) -> None:
    connector.verify_callback(signed(at=NOW + away), BODY, now=NOW)


def test_one_right_signature_among_others_is_enough(connector: Connector) -> None:
    headers = signed()
    for value in (f"v1,AAAA {headers['webhook-signature']}", f"{headers['webhook-signature']} v2,AAAA"):
        connector.verify_callback({**headers, "webhook-signature": value}, BODY, now=NOW)


REFUSED: dict[str, tuple[dict[str, str], bytes, str]] = {
    "another secret": (signed(secret="x" * 32), BODY, "no signature is right"),
    "another body": (signed(), BODY + b" ", "no signature is right"),
    "another id": ({**signed(), "webhook-id": "evt_2"}, BODY, "no signature is right"),
    "another time": ({**signed(), "webhook-timestamp": "1795435201"}, BODY, "no signature is right"),
    "another scheme": ({**signed(), "webhook-signature": "v2" + signed()["webhook-signature"][2:]}, BODY, "no sig"),
    "the bare code": ({**signed(), "webhook-signature": signed()["webhook-signature"][3:]}, BODY, "no signature"),
    "an empty signature": ({**signed(), "webhook-signature": ""}, BODY, "no signature is right"),
    "too old": (signed(at=NOW - timedelta(minutes=5, seconds=1)), BODY, "more than five minutes"),
    "from the future": (signed(at=NOW + timedelta(minutes=5, seconds=1)), BODY, "more than five minutes"),
    "no time": ({**signed(), "webhook-timestamp": "soon"}, BODY, "not a number"),
    "digits of another alphabet": ({**signed(), "webhook-timestamp": "١٢"}, BODY, "not ASCII"),
    "an endless time": ({**signed(), "webhook-timestamp": "1" * 5000}, BODY, "not a number"),
    **{
        f"no {name}": ({key: value for key, value in signed().items() if key != name}, BODY, f"{name} is missing")
        for name in signed()
    },
}


@pytest.mark.parametrize(("headers", "body", "why"), REFUSED.values(), ids=REFUSED)
def test_it_refuses(connector: Connector, headers: dict[str, str], body: bytes, why: str) -> None:
    with pytest.raises(CallbackRefused, match=why):
        connector.verify_callback(headers, body, now=NOW)


@pytest.mark.parametrize(
    ("kind", "outcome", "returned"),
    [
        ("payment.confirmed", OutcomeKind.CONFIRMED, False),
        ("payment.rejected", OutcomeKind.REJECTED, False),
        ("payment.returned", OutcomeKind.CONFIRMED, True),
    ],
)
def test_it_translates_each_event(connector: Connector, kind: str, outcome: OutcomeKind, *, returned: bool) -> None:
    news = connector.translate_callback(json.dumps(event(kind)).encode())
    assert (news.event_id, news.reference, news.amount, news.currency) == ("evt_1", "A1", Decimal("10.00"), "EUR")
    assert (news.outcome.kind, news.outcome.provider_reference, news.returned) == (outcome, "sim_1", returned)
    assert news.outcome.evidence["provider_event"] == "evt_1"
    assert SECRET_TEXT not in repr(news)
    if outcome is OutcomeKind.REJECTED:
        assert news.outcome.rejection == REJECTIONS[RejectionCode.COMPLIANCE_REFUSED]


NOT_UNDERSTOOD = {
    "another type": event("payment.lost"),
    "a rejection that confirms": event(rejection={"code": "compliance", "message": SECRET_TEXT}),
    "a rejection without a reason": event("payment.rejected", rejection=None),
    "a number as the amount": event(amount=10.0),
    "no money": event(amount="0.00"),
    "no currency": event(currency="eur"),
    "another reference": event(reference="../A1"),
    "no reference of theirs": event(provider_reference=""),
    "an id with a space": {**event(), "id": "evt 1"},
    "no data": {**event(), "data": None},
}


@pytest.mark.parametrize("body", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
def test_it_does_not_understand(connector: Connector, body: dict[str, Any]) -> None:
    with pytest.raises(CallbackNotUnderstood) as raised:
        connector.translate_callback(json.dumps(body).encode())
    assert SECRET_TEXT not in repr(raised.value)


def test_without_a_secret_it_has_no_callbacks() -> None:
    connector = build(ConnectorSettings(SIMULATOR_URL="http://127.0.0.1:9", SIMULATOR_CALLBACK_SECRET=None))
    assert not connector.capabilities.callbacks
    with pytest.raises(TypeError, match=r"capabilities\.callbacks"):
        connector.verify_callback(signed(), BODY, now=NOW)
    connector.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def bank(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatorProcess]:
    monkeypatch.setenv("SIMULATOR_CALLBACK_SECRET", CALLBACK_SECRET)
    process = SimulatorProcess(free_port(), tmp_path / "books.sqlite", f"--callback-url={receiver.url}")
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.close()


def test_it_believes_the_bank_and_nobody_else(
    bank: SimulatorProcess, receiver: Receiver, simulator_at: SimulatorAt, instruct: MakeInstruction
) -> None:
    connector = simulator_at(bank.url)

    def passes(call: Call) -> bool:
        try:
            connector.verify_callback(call.headers, call.body, now=datetime.now(UTC))
        except CallbackRefused:
            return False
        return True

    instruction = instruct(scenario="return:0:forged", amount="12.30")
    submitted = connector.submit(instruction)
    calls = receiver.about(instruction.reference, 4)
    believed = [connector.translate_callback(call.body) for call in calls if passes(call)]
    assert sorted(news.returned for news in believed) == [False, True]
    for news in believed:
        assert (news.reference, news.amount, news.currency) == (instruction.reference, instruction.amount, "EUR")
        assert news.outcome.kind is OutcomeKind.CONFIRMED
        assert news.outcome.provider_reference == submitted.provider_reference
