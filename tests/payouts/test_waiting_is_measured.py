"""Prometheus is told how many payouts wait, and for how long, apart by what they wait for."""

from __future__ import annotations

from datetime import timedelta

import psycopg
from pytest_django import Settings

from payouts_service.connectors.contract import confirmed, unknown
from payouts_service.kit.clock import utc_now, wire_time
from payouts_service.kit.limits import parse_limits
from payouts_service.payouts import claims, pausing, settlement
from payouts_service.payouts.settlement import Result
from tests.client import Client
from tests.ledger.money import limit


def told(client: Client, metric: str) -> dict[str, float]:
    """The metric's values of the connector ``instant``, by what is waited for."""
    start = f'{metric}{{connector="instant",waits_for="'
    lines = client.get("/metrics").content.decode().splitlines()
    values = [line.removeprefix(start).split('"} ') for line in lines if line.startswith(start)]
    return {waits_for: float(value) for waits_for, value in values}


def test_each_blocker_is_counted_apart(acme: Client, globex: Client, settings: Settings) -> None:
    settings.LIMITS = parse_limits("USD.tenant.day.count=1")
    limit(acme.tenant_id, "EUR", 0)
    for currency, number in (("EUR", 2), ("USD", 4)):
        for _ in range(number):
            acme.create(currency=currency, connector="instant")
    acme.create(connector="instant", scheduled_for=wire_time(utc_now() + timedelta(days=1)))
    globex.create(connector="instant")
    pausing.pause_tenant(globex.tenant_id, reason="Fraud is looked into")

    assert len(claims.claim_payable("instant", 100).items) == 1
    acme.create(connector="instant")

    assert told(acme, "payouts_waiting") == {"funds": 2, "limit": 3, "schedule": 1, "paused": 1}


def test_the_age_is_that_of_the_oldest(acme: Client, superuser: psycopg.Connection) -> None:
    limit(acme.tenant_id, "EUR", 0)
    for _ in range(2):
        acme.create(connector="instant")
    claims.claim_payable("instant", 100)
    superuser.execute(
        "UPDATE payouts_payout SET created_at = created_at - interval '1 h'"
        " WHERE id = (SELECT id FROM payouts_payout ORDER BY created_at LIMIT 1)"
    )

    assert 3600 <= told(acme, "payouts_oldest_waiting_seconds")["funds"] < 7200


def test_the_age_of_the_oldest_unknown_outcome_is_told(acme: Client, superuser: psycopg.Connection) -> None:
    for _ in range(3):
        acme.create(connector="instant")
    older, younger, known = claims.claim_payable("instant", 3).items
    for item, outcome in ((older, unknown("no answer")), (younger, unknown("no answer")), (known, confirmed("p"))):
        settlement.settle([Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", outcome)])
    superuser.execute(
        "UPDATE payouts_payoutattempt SET opened_at = opened_at - interval '2 h' WHERE id = %s", [older.attempt.id]
    )
    superuser.execute(
        "UPDATE payouts_payoutattempt SET opened_at = opened_at - interval '9 h' WHERE id = %s", [known.attempt.id]
    )

    start = 'payouts_oldest_unknown_seconds{connector="instant"} '
    [line] = [line for line in acme.get("/metrics").content.decode().splitlines() if line.startswith(start)]

    assert 7200 <= float(line.removeprefix(start)) < 9000
