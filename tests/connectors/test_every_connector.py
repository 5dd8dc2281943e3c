"""One suite for every connector: what the contract asks of all of them, run against each."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import pytest

from payouts_service import connectors
from payouts_service.connectors.contract import (
    CallbackNotUnderstood,
    CallbackRefused,
    Capabilities,
    Connector,
    OutcomeKind,
)
from payouts_service.connectors.safety import check
from tests.connectors import page
from tests.connectors.conftest import IBAN, ConnectorSettings, MakeInstruction
from tests.simulator_process import SimulatorProcess

NAMES = (page.NAME, "instant", "manual", "simulator")
SUBMITTING = (page.NAME, "instant", "simulator")
IDEMPOTENT = (page.NAME, "instant", "simulator")
INQUIRABLE = (page.NAME, "simulator")
CALLED = ("simulator",)
DETAILS: Mapping[str, Mapping[str, str]] = {
    "iban": IBAN,
    "ru_account": {"kind": "ru_account", "name": "Ada", "bik": "044525225", "account": "40702810438000060473"},
    "phone": {"kind": "phone", "name": "Ada", "phone": "+79123456789"},
    "card_token": {"kind": "card_token", "token": "tok_1234567890", "last4": "4242"},
    "text": {"kind": "text", "text": "Card ****1234"},
}

page.learn()


@runtime_checkable
class HoldsConnections(Protocol):
    def close(self) -> None: ...


@contextmanager
def built(name: str, simulator: SimulatorProcess) -> Iterator[Connector]:
    module = importlib.import_module(f"payouts_service.connectors.{name}.connector")
    connector: Connector = module.build(ConnectorSettings(SIMULATOR_URL=simulator.url, EXAMPLE_BANK_URL=simulator.url))
    try:
        yield connector
    finally:
        if isinstance(connector, HoldsConnections):
            connector.close()


@pytest.fixture(params=NAMES)
def connector(request: pytest.FixtureRequest, simulator: SimulatorProcess) -> Iterator[Connector]:
    with built(request.param, simulator) as connector:
        yield connector


@pytest.fixture(params=SUBMITTING)
def submitting(request: pytest.FixtureRequest, simulator: SimulatorProcess) -> Iterator[Connector]:
    with built(request.param, simulator) as connector:
        yield connector


@pytest.fixture(params=IDEMPOTENT)
def idempotent(request: pytest.FixtureRequest, simulator: SimulatorProcess) -> Iterator[Connector]:
    with built(request.param, simulator) as connector:
        yield connector


@pytest.fixture(params=INQUIRABLE)
def inquirable(request: pytest.FixtureRequest, simulator: SimulatorProcess) -> Iterator[Connector]:
    with built(request.param, simulator) as connector:
        yield connector


@pytest.fixture(params=CALLED)
def called(request: pytest.FixtureRequest, simulator: SimulatorProcess) -> Iterator[Connector]:
    with built(request.param, simulator) as connector:
        yield connector


def test_no_connector_is_left_out_of_this_suite(simulator: SimulatorProcess) -> None:
    folders = {path.parent.name for path in Path(*connectors.__path__).glob("*/connector.py")}
    assert folders | {page.NAME} == set(NAMES)
    can: dict[str, Capabilities] = {}
    for name in NAMES:
        with built(name, simulator) as connector:
            can[name] = connector.capabilities
    assert {name for name in NAMES if can[name].submits} == set(SUBMITTING)
    assert {name for name in NAMES if can[name].idempotent_submit} == set(IDEMPOTENT)
    assert {name for name in NAMES if can[name].inquiry} == set(INQUIRABLE)
    assert {name for name in NAMES if can[name].callbacks} == set(CALLED)


def test_it_has_the_name_of_its_folder(connector: Connector) -> None:
    assert type(connector).__module__ == f"payouts_service.connectors.{connector.name}.connector"


def test_it_passes_the_check_at_start_up(connector: Connector) -> None:
    check(connector)


def test_it_pays_to_each_kind_that_it_declares(submitting: Connector, instruct: MakeInstruction) -> None:
    for kind in submitting.capabilities.kinds:
        outcome = submitting.submit(instruct(recipient=DETAILS[kind]))
        assert outcome.kind in (OutcomeKind.ACCEPTED, OutcomeKind.CONFIRMED), kind


def test_a_second_submit_of_a_reference_gives_the_same_payment(
    idempotent: Connector, instruct: MakeInstruction
) -> None:
    instruction = instruct()
    assert idempotent.submit(instruction).provider_reference == idempotent.submit(instruction).provider_reference


def test_it_takes_as_many_calls_at_once_as_it_declares(submitting: Connector, instruct: MakeInstruction) -> None:
    calls = submitting.capabilities.max_in_flight
    with ThreadPoolExecutor(calls) as threads:
        outcomes = list(threads.map(submitting.submit, [instruct() for _ in range(calls)]))
    assert {outcome.kind for outcome in outcomes} <= {OutcomeKind.ACCEPTED, OutcomeKind.CONFIRMED}
    assert len({outcome.provider_reference for outcome in outcomes}) == calls


def test_an_inquiry_tells_what_became_of_a_payment(inquirable: Connector, instruct: MakeInstruction) -> None:
    instruction = instruct()
    submitted = inquirable.submit(instruction)
    inquired = inquirable.inquire(instruction)
    assert (inquired.kind, inquired.provider_reference) == (submitted.kind, submitted.provider_reference)


def test_an_inquiry_after_an_unheard_reference_finds_nothing(inquirable: Connector, instruct: MakeInstruction) -> None:
    assert inquirable.inquire(instruct()).kind is OutcomeKind.NOT_FOUND


def test_its_outcomes_carry_nothing_personal(submitting: Connector, instruct: MakeInstruction) -> None:
    shown = repr(submitting.submit(instruct()))
    assert IBAN["iban"] not in shown
    assert IBAN["name"] not in shown


STRANGE = (b"", b"{}", b"[]", b"null", b"\xff", b"[" * 60_000, b'{"id": "1"}', b"<html>" + IBAN["name"].encode())


@pytest.mark.parametrize("body", STRANGE)
def test_it_refuses_a_callback_of_a_stranger(called: Connector, body: bytes) -> None:
    signed = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA", "x-signature": "AAAA"}
    for headers in ({}, signed, dict.fromkeys(signed, ""), dict.fromkeys(signed, "\udcff\0")):
        with pytest.raises(CallbackRefused) as refused:
            called.verify_callback(headers, body, now=datetime.now(UTC))
        assert IBAN["name"] not in str(refused.value)


@pytest.mark.parametrize("body", STRANGE)
def test_it_says_so_where_it_does_not_understand_a_callback(called: Connector, body: bytes) -> None:
    with pytest.raises(CallbackNotUnderstood) as raised:
        called.translate_callback(body)
    assert IBAN["name"] not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(CALLED)))
def test_a_connector_without_callbacks_refuses_to_be_asked_about_one(name: str, simulator: SimulatorProcess) -> None:
    with built(name, simulator) as connector:
        with pytest.raises(TypeError, match=r"capabilities\.callbacks"):
            connector.verify_callback({}, b"", now=datetime.now(UTC))
        with pytest.raises(TypeError, match=r"capabilities\.callbacks"):
            connector.translate_callback(b"")


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(SUBMITTING)))
def test_a_connector_that_does_not_submit_refuses_to_be_called(
    name: str, simulator: SimulatorProcess, instruct: MakeInstruction
) -> None:
    with built(name, simulator) as connector:
        with pytest.raises(TypeError, match=r"capabilities\.submits"):
            connector.submit(instruct())
        with pytest.raises(TypeError, match=r"capabilities\.inquiry"):
            connector.inquire(instruct())
