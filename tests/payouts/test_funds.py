"""A payout is sent only where its tenant's account covers it; else it waits for funds, or fails."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from payouts_service.connectors.contract import RejectionCode, confirmed, rejected
from payouts_service.events.models import Event
from payouts_service.ledger.models import Account, Entry
from payouts_service.payouts import claims, engine, funds, pausing, queries
from payouts_service.payouts.claims import Claimed
from payouts_service.payouts.models import ConnectorState, Payout
from tests.audit.stories import broken
from tests.client import Client, address
from tests.concurrency import at_once
from tests.http.problem_documents import problem
from tests.ledger.money import balances, limit, top_up

BY_NOBODY = RejectionCode.REFUSED_BY_PROVIDER


def fund(acme: Client, amount: int) -> None:
    limit(acme.tenant_id, "EUR", 0)
    top_up(acme.tenant_id, "EUR", amount)


def create(acme: Client, *amounts: int, **changes: Any) -> list[str]:
    return [acme.create(amount=str(amount), connector="instant", **changes)["id"] for amount in amounts]


def claim(most: int = 100) -> list[Claimed]:
    return claims.claim_payable("instant", most).items


def settle(items: list[Claimed], *, paid: bool = True) -> None:
    engine.record([(item, confirmed() if paid else rejected(BY_NOBODY)) for item in items])


def waiting() -> int:
    return Payout.objects.filter(status="created", blockers=["funds"]).count()


def statuses() -> Counter[str]:
    return Counter(Payout.objects.values_list("status", flat=True))


def test_a_hundred_payouts_against_funds_for_fifty(acme: Client) -> None:
    fund(acme, 500)

    def take(number: int) -> list[Claimed]:
        with suppress(OperationalError):  # Others keep the connector too long; a worker would look again.
            return claim(1 + number % 3)
        return []

    def ask_and_take(number: int) -> list[Claimed]:
        create(acme, 10)
        return take(number)

    settle([item for items in at_once(100, ask_and_take) for item in items])
    engine.pay_ready("instant", budget_seconds=20)

    assert statuses() == {"completed": 50, "created": 50}
    assert waiting() == 50
    assert balances(acme.tenant_id) == {"funding": -500, "paid_out": 500}

    acme.post("/api/top-ups/", {"amount": "250", "currency": "EUR"})
    assert waiting() == 25
    settle([item for items in at_once(25, take) for item in items])
    engine.pay_ready("instant", budget_seconds=20)

    assert statuses() == {"completed": 75, "created": 25}
    assert balances(acme.tenant_id) == {"funding": -750, "paid_out": 750}
    assert Event.objects.filter(type="payout.released").count() == 25
    assert broken() == {}


def test_claims_of_several_connectors_share_one_account(acme: Client) -> None:
    fund(acme, 500)
    for name in ("instant", "simulator"):
        for _ in range(50):
            acme.create(amount="10", connector=name)

    def pay(number: int) -> None:
        name = ("instant", "simulator")[number % 2]
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")  # It is about money; a worker would look again.
        for _ in range(6):
            settle(claims.claim_payable(name, 5).items, paid=number % 4 > 1)

    at_once(8, pay)

    done = statuses()
    assert done["processing"] == 0
    told = balances(acme.tenant_id)
    assert "held" not in told
    assert told["paid_out"] == 10 * done["completed"]
    available = Account.objects.get(kind="available")
    sides = Entry.objects.filter(debit_id=available.id).values_list("debit_balance", flat=True)
    assert min(sides) >= 0
    assert broken() == {}


def test_the_oldest_go_first_and_those_that_do_not_fit_are_passed_over(acme: Client) -> None:
    fund(acme, 50)
    large, small, medium = create(acme, 60, 10, 30)

    settle(claim())

    assert [acme.read(one)["status"] for one in (large, small, medium)] == ["created", "completed", "completed"]
    assert acme.read(large)["waiting_for"] == ["funds"]
    top_up(acme.tenant_id, "EUR", 50)
    funds.release_all(budget_seconds=20)
    settle(claim())
    assert acme.read(large)["status"] == "completed"


def test_with_strict_order_none_goes_before_one_that_does_not_fit(acme: Client, settings: Settings) -> None:
    settings.STRICT_ORDER = True
    fund(acme, 50)
    first, large, small = create(acme, 10, 60, 10)
    settle(claim())
    [later] = create(acme, 5)
    settle(claim())

    assert acme.read(first)["status"] == "completed"
    assert [acme.read(one)["waiting_for"] for one in (large, small, later)] == [["funds"]] * 3
    funds.release_all(budget_seconds=20)
    assert waiting() == 3
    top_up(acme.tenant_id, "EUR", 30)
    funds.release_all(budget_seconds=20)
    settle(claim())
    assert [acme.read(one)["status"] for one in (large, small, later)] == ["completed", "completed", "created"]


def test_with_strict_order_what_a_paused_connector_left_waiting_holds_nobody_back(
    acme: Client, settings: Settings
) -> None:
    settings.STRICT_ORDER = True
    fund(acme, 50)
    acme.create(amount="60", connector="simulator")
    claims.claim_payable("simulator", 10)
    assert waiting() == 1
    pausing.pause_connector("simulator", reason="Maintenance")
    create(acme, 10)

    assert len(claim()) == 1

    pausing.resume_connector("simulator")
    create(acme, 10)
    assert claim() == []


def test_with_strict_order_a_person_goes_before_none_either(acme: Client, settings: Settings) -> None:
    settings.STRICT_ORDER = True
    fund(acme, 50)
    before = acme.create(amount="10", connector="manual")["id"]
    create(acme, 60)
    claim()
    after = acme.create(amount="10", connector="manual")["id"]

    refused = problem(acme.patch(address(after), {"status": "processing"}), 409, "insufficient-funds")

    assert (refused["missing"], acme.read(after)["version"]) == ("0.00", 1)
    assert "older payouts" in refused["detail"]
    assert acme.patch(address(before), {"status": "processing"}).status_code == 200
    limit(acme.tenant_id, "EUR", None)
    assert acme.patch(address(after), {"status": "processing"}).status_code == 200


def test_a_refused_payout_gives_its_money_to_who_waits(acme: Client) -> None:
    fund(acme, 10)
    first, second = create(acme, 10, 10)
    items = claim()
    assert waiting() == 1

    settle(items, paid=False)

    assert acme.read(first)["status"] == "failed"
    assert acme.read(second)["waiting_for"] == []  # At once; the sweep is for what a crash left.
    settle(claim())
    assert acme.read(second)["status"] == "completed"


def test_the_sweep_releases_no_more_than_there_is_money_for(acme: Client) -> None:
    fund(acme, 10)
    create(acme, 20, 20, 20)
    claim()
    assert waiting() == 3
    top_up(acme.tenant_id, "EUR", 30)

    for _ in range(3):
        funds.release_all(budget_seconds=20)

    assert waiting() == 1


def test_an_account_may_let_them_fail(acme: Client) -> None:
    limit(acme.tenant_id, "EUR", 0, fails=True)
    [payout] = create(acme, 10)

    assert claim() == []

    failed = acme.read(payout)
    assert (failed["status"], failed["attempts"]) == ("failed", 0)
    assert (failed["failure"]["code"], failed["failure"]["retryable"]) == ("insufficient_funds", True)


def test_with_strict_order_one_that_fails_holds_nobody_back(acme: Client, settings: Settings) -> None:
    settings.STRICT_ORDER = True
    fund(acme, 50)
    limit(acme.tenant_id, "EUR", 0, fails=True)
    payouts = create(acme, 10, 60, 10, 5)

    settle(claim())

    assert [acme.read(one)["status"] for one in payouts] == ["completed", "failed", "completed", "completed"]


def test_a_credit_limit_is_used_up_to_its_end(acme: Client) -> None:
    limit(acme.tenant_id, "EUR", 25)
    create(acme, 10, 10, 10)

    assert len(claim()) == 2
    assert balances(acme.tenant_id) == {"available": -20, "held": 20}


def test_without_a_limit_nothing_waits(acme: Client) -> None:
    create(acme, 10, 999_999)
    settle(claim())
    assert statuses() == {"completed": 2}


def test_a_person_claims_only_what_is_covered(acme: Client) -> None:
    fund(acme, 10)
    payout = acme.create(amount="12.50", connector="manual")["id"]

    refused = problem(acme.patch(address(payout), {"status": "processing"}), 409, "insufficient-funds")

    assert (refused["missing"], refused["currency"]) == ("2.50", "EUR")
    top_up(acme.tenant_id, "EUR", 5)
    acme.patch(address(payout), {"status": "processing"})
    assert balances(acme.tenant_id)["held"] == Decimal("12.5")
    acme.patch(address(payout), {"status": "failed"})
    assert balances(acme.tenant_id) == {"funding": -15, "available": 15}


def test_a_payout_that_is_tried_again_keeps_its_hold(acme: Client, superuser: psycopg.Connection) -> None:
    fund(acme, 10)
    create(acme, 10)
    engine.record([(item, rejected(RejectionCode.RECIPIENT_UNREACHABLE)) for item in claim()])
    assert balances(acme.tenant_id)["held"] == 10

    superuser.execute("UPDATE payouts_payout SET next_attempt_at = now()")
    settle(claim())

    assert balances(acme.tenant_id) == {"funding": -10, "paid_out": 10}
    assert Entry.objects.filter(kind="hold").count() == 1


def test_what_a_release_without_a_ledger_moved_is_made_good(acme: Client, superuser: psycopg.Connection) -> None:
    create(acme, 1, 2, 4, 8)
    by_amount = {int(item.attempt.payout.amount): item for item in claim()}
    settle([by_amount[2]])
    settle([by_amount[4]], paid=False)
    superuser.execute("SET session_replication_role = replica")
    # It claims without a hold, and ends one without a post or a void.
    superuser.execute("DELETE FROM ledger_entry WHERE kind <> 'hold' OR amount IN (1, 8)")
    superuser.execute(
        "UPDATE ledger_account SET balance = CASE kind WHEN 'held' THEN 6 WHEN 'available' THEN -6 ELSE 0 END"
    )
    superuser.execute("UPDATE payouts_payout SET held = amount IN (2, 4)")
    superuser.execute("SET session_replication_role = origin")

    settle([by_amount[8]])
    assert balances(acme.tenant_id) == {"available": -14, "held": 6, "paid_out": 8}
    for _ in range(2):
        funds.catch_up(budget_seconds=20)

    assert balances(acme.tenant_id) == {"available": -11, "held": 1, "paid_out": 10}
    money = ("what_is_processed_is_held", "a_hold_ends_once")
    assert not set(money) & set(broken())


def test_a_larger_set_takes_no_more_statements(acme: Client) -> None:
    fund(acme, 1000)

    def statements(number: int) -> tuple[int, int]:
        create(acme, *[1] * number)
        with CaptureQueriesContext(connection) as claiming:
            items = claim(number)
        with CaptureQueriesContext(connection) as settling:
            settle(items)
        assert len(items) == number
        return len(claiming), len(settling)

    statements(1)  # The first claim makes the connector's row.
    assert statements(2) == statements(40)


def test_a_deleted_payout_that_waited_is_gone(acme: Client) -> None:
    limit(acme.tenant_id, "EUR", 0)
    [payout] = create(acme, 10)
    claim()

    assert acme.delete(address(payout)).status_code == 204
    assert Payout.objects.count() == 0


@pytest.mark.parametrize("paused", [True, False])
def test_what_a_paused_connector_has_ready_keeps_nobody_waiting(acme: Client, *, paused: bool) -> None:
    fund(acme, 10)
    create(acme, 20)
    claim()
    acme.create(amount="20", connector="simulator")
    if paused:
        pausing.pause_connector("simulator", reason="Maintenance")
    top_up(acme.tenant_id, "EUR", 20)

    funds.release_all(budget_seconds=20)

    assert waiting() == (0 if paused else 1)


def fall_ill(connector: str, seconds: int) -> None:
    ill_until = queries.database_now() + timedelta(seconds=seconds)
    ConnectorState.objects.filter(connector=connector).update(failures=10, openings=1, ill_until=ill_until)


@pytest.mark.parametrize(("seconds", "waits"), [(60, 1), (-1, 0)])
def test_what_waits_for_funds_tries_a_connector_whose_illness_may_be_over(
    acme: Client, seconds: int, waits: int
) -> None:
    fund(acme, 10)
    create(acme, 20)
    claim()
    fall_ill("instant", seconds)
    top_up(acme.tenant_id, "EUR", 10)

    funds.release_all(budget_seconds=20)

    assert waiting() == waits
    assert len(claim()) == 1 - waits
