"""The last audit is told in words; the simulated provider's books are shown where it is, to who runs the service."""

from __future__ import annotations

import re

import pytest
from pytest_django import Settings

from payouts_service.audit.invariants import INVARIANTS
from payouts_service.audit.models import Verdict
from payouts_service.audit.services import audit_and_record
from payouts_service.console.texts.invariants import INVARIANTS as IN_RUSSIAN
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import Visitor, text_of
from tests.simulator import payments
from tests.simulator_process import SimulatorProcess


def test_every_invariant_has_its_russian() -> None:
    assert {invariant.name for invariant in INVARIANTS} == IN_RUSSIAN.keys()


def test_before_the_first_audit_it_says_so(acme: Client) -> None:
    assert "The service has not judged its books yet" in text_of(Visitor.signed_in(acme.tenant_id).get("/integrity/"))


def test_a_clean_audit_says_that_every_promise_holds(acme: Client) -> None:
    audit_and_record()

    page = text_of(Visitor.signed_in(acme.tenant_id, Role.AUDITOR).get("/integrity/"))

    assert "Every promise holds" in page
    assert "Every account's balance is the sum of its entries." in page.replace("&#x27;", "'")


def test_a_broken_promise_stands_first(acme: Client) -> None:
    audit_and_record()
    Verdict.objects.filter(invariant="a_hold_ends_once").update(broken=3)

    page = text_of(Visitor.signed_in(acme.tenant_id, language="ru").get("/integrity/"))

    assert "Нарушено обещаний: 1" in page
    assert page.index("a_hold_ends_once 3") < page.index("completed_by_one_confirmation")


def test_the_simulated_banks_books_are_shown(acme: Client, simulator: SimulatorProcess, settings: Settings) -> None:
    settings.SIMULATOR_URL = simulator.url
    visitor = Visitor.signed_in(acme.tenant_id)
    before = int(re.findall(r"Payments made (\d+)", text_of(visitor.get("/simulator/")))[0])
    paid = payments.order(amount="12.50")
    assert payments.post(simulator.url, paid).status_code == 201

    page = text_of(visitor.get("/simulator/"))

    assert "Nothing was paid twice" in page
    assert f"Payments made {before + 1}" in page
    assert paid["reference"] in page


def test_a_bank_that_does_not_answer_is_no_failure_of_the_service(acme: Client, settings: Settings) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"

    page = Visitor.signed_in(acme.tenant_id).get("/simulator/")

    assert page.status_code == 200
    assert "does not show its books" in text_of(page)


@pytest.mark.parametrize(
    ("connectors", "runs_service", "status"), [(["manual"], True, 404), (["simulator"], False, 403)]
)
def test_elsewhere_there_are_none(
    acme: Client, settings: Settings, connectors: list[str], status: int, *, runs_service: bool
) -> None:
    settings.CONNECTORS, settings.DEFAULT_CONNECTOR = connectors, connectors[0]
    visitor = Visitor.signed_in(acme.tenant_id, runs_service=runs_service)

    assert visitor.get("/simulator/").status_code == status
    assert "/simulator/" not in visitor.get("/integrity/").content.decode()
