"""A payout tells of an earlier one of the same amount to the same account; nothing else follows from it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from payouts_service.events.models import Event
from tests.client import Client


def test_the_second_tells_of_the_first_and_is_paid_all_the_same(acme: Client) -> None:
    first = acme.create()

    second = acme.create(comment="Another text")

    assert first["possible_duplicate_of"] is None
    assert second["possible_duplicate_of"] == first["id"]
    assert (second["status"], second["waiting_for"]) == ("created", [])
    assert Event.objects.get(data__id=second["id"]).data["possible_duplicate_of"] == first["id"]
    assert acme.create()["possible_duplicate_of"] == second["id"]


@pytest.mark.parametrize(
    "other", [{"amount": "150.01"}, {"currency": "USD"}, {"recipient_details": "Somebody else entirely"}]
)
def test_another_amount_currency_or_account_is_none(acme: Client, other: dict[str, Any]) -> None:
    acme.create()
    assert acme.create(**other)["possible_duplicate_of"] is None


def test_another_tenants_is_none(acme: Client, globex: Client) -> None:
    acme.create()
    assert globex.create()["possible_duplicate_of"] is None


def test_one_of_long_ago_is_none(acme: Client, superuser: psycopg.Connection, settings: Settings) -> None:
    acme.create()
    superuser.execute("UPDATE payouts_payout SET created_at = created_at - interval '25 hours'")
    assert acme.create()["possible_duplicate_of"] is None


def test_it_is_not_looked_for_where_the_window_is_none(acme: Client, settings: Settings) -> None:
    settings.DUPLICATE_WINDOW_SECONDS = 0
    acme.create()
    assert acme.create()["possible_duplicate_of"] is None


def test_a_repeated_request_is_no_duplicate(acme: Client) -> None:
    body = {"amount": "1.00", "currency": "EUR", "recipient_details": "Card ****1234"}
    answers = [acme.json(acme.post("/api/payouts/", body, Idempotency_Key="k")) for _ in range(2)]
    assert [answer["possible_duplicate_of"] for answer in answers] == [None, None]
