"""A sweep makes good what was left behind, within its time, whatever one part of it meets."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from payouts_service.accounts import services
from payouts_service.ledger.chart import Chart
from payouts_service.payouts import claims, funds, pausing, tasks
from payouts_service.payouts.models import Payout
from payouts_service.tenants.models import Tenant
from tests.client import Client
from tests.concurrency import open_transaction
from tests.ledger.money import limit, top_up


def forget(superuser: psycopg.Connection) -> None:
    """As a release without a ledger leaves what it has claimed."""
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("DELETE FROM ledger_entry")
    superuser.execute("UPDATE ledger_account SET balance = 0")
    superuser.execute("UPDATE payouts_payout SET held = false")
    superuser.execute("SET session_replication_role = origin")


def out_of_step() -> int:
    return Payout.objects.filter(status="processing", held=False).count()


def test_a_row_that_somebody_holds_puts_off_one_chore_and_no_other(
    acme: Client, globex: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.create(connector="instant")
    pausing.pause_tenant(acme.tenant_id, reason="Asked for")
    limit(globex.tenant_id, "EUR", 0)
    globex.create(amount="10", connector="instant")
    claims.claim_payable("instant", 10)
    Tenant.objects.update(paused_at=None)
    top_up(globex.tenant_id, "EUR", 10)
    assert list(Payout.objects.order_by("id").values_list("blockers", flat=True)) == [["paused"], ["funds"]]
    monkeypatch.setattr(tasks, "_next_sweep_at", 0.0)

    with open_transaction("SELECT FROM tenants_tenant WHERE id = %s FOR UPDATE", acme.tenant_id):
        tasks.sweep()

    assert list(Payout.objects.order_by("id").values_list("blockers", flat=True)) == [["paused"], []]


def test_what_time_does_not_allow_is_for_the_next(
    acme: Client, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(funds, "_AT_ONCE", 2)
    for _ in range(5):
        acme.create(connector="instant")
    claims.claim_payable("instant", 5)
    forget(superuser)

    funds.catch_up(budget_seconds=0)

    assert out_of_step() == 3
    funds.catch_up(budget_seconds=20)
    assert out_of_step() == 0


def test_what_the_ledger_refuses_keeps_no_other_out_of_it(
    acme: Client, globex: Client, superuser: psycopg.Connection
) -> None:
    for client in (acme, globex):
        client.create(amount="10", connector="instant")
    claims.claim_payable("instant", 2)
    forget(superuser)
    limit(acme.tenant_id, "EUR", 5)

    funds.catch_up(budget_seconds=20)

    assert list(Payout.objects.order_by("id").values_list("held", flat=True)) == [False, True]


def test_no_limit_is_set_on_a_balance_that_lacks_payouts(acme: Client, superuser: psycopg.Connection) -> None:
    acme.create(amount="10", connector="instant")
    claims.claim_payable("instant", 1)
    forget(superuser)
    chart = Chart(acme.tenant_id, "EUR")

    with pytest.raises(services.LedgerBehind, match="try again in a minute"):
        services.set_policy(chart, credit_limit=Decimal(20), fails_without_funds=False)

    services.set_policy(chart, credit_limit=None, fails_without_funds=False)
    funds.catch_up(budget_seconds=20)
    services.set_policy(chart, credit_limit=Decimal(20), fails_without_funds=False)
