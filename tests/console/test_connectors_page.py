"""The page of connectors shows their health, and its switches are the API's."""

from __future__ import annotations

import pytest
from django.db import connection

from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import Visitor, text_of


@pytest.fixture
def operator(acme: Client) -> Visitor:
    return Visitor.signed_in(acme.tenant_id, Role.OPERATOR, name="Olga")


def connector(acme: Client) -> dict[str, object]:
    [found] = [each for each in acme.json(acme.get("/api/connectors/"))["data"] if each["name"] == "simulator"]
    return dict(found)


def test_a_connector_is_paused_for_a_reason_and_resumed(acme: Client, operator: Visitor) -> None:
    assert "Healthy" in text_of(operator.get("/connectors/"))

    assert (
        operator.post("/connectors/simulator/pause/", {"reason": " The bank is closed "})["Location"] == "/connectors/"
    )

    page = text_of(operator.get("/connectors/"))
    assert "Nothing more is sent through simulator." in page
    assert "Person Olga" in page
    assert "The bank is closed" in page
    paused = connector(acme)["paused"]
    assert isinstance(paused, dict)
    assert paused["by"].startswith("person pe_")
    assert paused["reason"] == "The bank is closed"

    operator.post("/connectors/simulator/resume/")

    assert "Payouts are sent through simulator again." in text_of(operator.get("/connectors/"))
    assert connector(acme)["paused"] is None


def test_a_page_that_asks_for_itself_again_takes_no_notice_from_another(operator: Visitor) -> None:
    operator.post("/tenant/pause/", {"reason": "Audit"})

    assert "No more payouts of Acme are sent." not in text_of(operator.get("/connectors/", HX_Request="true"))
    assert "No more payouts of Acme are sent." in text_of(operator.get("/connectors/"))


def test_the_tenant_pauses_its_own_payouts(acme: Client, operator: Visitor) -> None:
    operator.post("/tenant/pause/", {"reason": "Audit"})

    page = text_of(operator.get("/connectors/"))
    assert "No more payouts of Acme are sent." in page
    assert "Resume payouts" in page
    told = acme.json(acme.get("/api/events/?type=tenant.paused"))["data"]
    assert [event["actor"]["type"] for event in told] == ["person"]

    operator.post("/tenant/resume/")

    assert acme.json(acme.get("/api/tenant/"))["paused"] is None


@pytest.mark.parametrize("address", ["/connectors/simulator/pause/", "/tenant/pause/"])
def test_without_a_reason_nothing_is_paused(acme: Client, operator: Visitor, address: str) -> None:
    refused = operator.post(address, {"reason": "  "})

    assert refused.status_code == 400
    assert refused.content.decode().count('<details class="confirm" open>') == 1
    assert connector(acme)["paused"] is None
    assert acme.json(acme.get("/api/tenant/"))["paused"] is None


def test_an_ill_connector_says_how_long_it_is_left_alone(acme: Client, operator: Visitor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payouts_connectorstate"
            " (connector, paused_by, pause_reason, failures, openings, tokens, ill_until)"
            " VALUES ('simulator', '', '', 12, 2, 0, now() + interval '1 minute')"
        )

    page = text_of(operator.get("/connectors/"))

    assert "Does not answer" in page
    assert "left alone until" in page
    assert "12 of 10" in page


def test_a_connector_that_is_none_is_not_found(operator: Visitor) -> None:
    assert operator.post("/connectors/nowhere/pause/", {"reason": "x"}).status_code == 404
    assert operator.post("/connectors/nowhere/resume/").status_code == 404


def test_it_speaks_russian(acme: Client) -> None:
    page = text_of(Visitor.signed_in(acme.tenant_id, Role.OPERATOR, language="ru").get("/connectors/"))

    assert "Вызовов сейчас 0 из 64" in page
    assert "Приостановить выплаты" in page
