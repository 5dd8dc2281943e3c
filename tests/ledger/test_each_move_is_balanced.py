"""Each move debits one account and credits another; balances are the sums of entries, now and at any past time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.ledger.accounts import BalanceBelowLimit, accounts_of, balance_at, entries_of
from payouts_service.ledger.chart import AccountKind, Chart, Move, MoveKind
from payouts_service.ledger.entries import record
from payouts_service.ledger.models import Account, Entry
from tests.client import Client
from tests.concurrency import at_once
from tests.ledger.money import balances, limit, move, top_up


@pytest.fixture
def chart(acme: Client) -> Chart:
    return Chart(acme.tenant_id, "EUR")


def account(chart: Chart, kind: AccountKind) -> Account:
    return Account.objects.get(tenant_id=chart.tenant_id, currency=chart.currency, kind=kind)


def test_a_payouts_way_through_the_chart(chart: Chart) -> None:
    paid, refused = ids.new_id(), ids.new_id()
    move(MoveKind.TOP_UP, chart, 100)
    move(MoveKind.HOLD, chart, 30, paid)
    move(MoveKind.HOLD, chart, 20, refused)
    assert balances(chart.tenant_id) == {"funding": -100, "available": 50, "held": 50}

    move(MoveKind.POST, chart, 30, paid)
    move(MoveKind.VOID, chart, 20, refused)
    move(MoveKind.FEE, chart, "0.25")
    assert balances(chart.tenant_id) == {
        "funding": Decimal("-99.75"), "available": 70, "paid_out": 30, "fees": Decimal("-0.25"),
    }  # fmt: skip

    move(MoveKind.RETURN, chart, 10)
    told = balances(chart.tenant_id)
    assert [told[kind] for kind in ("available", "paid_out", "returned")] == [80, 30, -10]
    assert sum(told.values()) == 0


@pytest.mark.parametrize("end", [MoveKind.POST, MoveKind.VOID])
@pytest.mark.parametrize("again", [MoveKind.HOLD, MoveKind.POST, MoveKind.VOID])
def test_a_hold_is_placed_once_and_ends_once(chart: Chart, end: MoveKind, again: MoveKind) -> None:
    payout = ids.new_id()
    move(MoveKind.HOLD, chart, 30)
    move(MoveKind.HOLD, chart, 30, payout)
    move(end, chart, 30, payout)

    with pytest.raises(IntegrityError, match="ledger_entry_once"):
        move(again, chart, 30, payout)


def test_postgresql_lets_no_balance_fall_below_its_limit(chart: Chart) -> None:
    top_up(chart.tenant_id, "EUR", 10)
    limit(chart.tenant_id, "EUR", 5)
    move(MoveKind.HOLD, chart, 15)

    with pytest.raises(IntegrityError, match="ledger_account_within_limit"):
        move(MoveKind.HOLD, chart, "0.01")
    with pytest.raises(IntegrityError, match="ledger_account_within_limit"):
        move(MoveKind.POST, chart, "15.01")

    assert balances(chart.tenant_id) == {"funding": -10, "available": -5, "held": 15}


def test_a_limit_above_the_balance_is_refused(chart: Chart) -> None:
    move(MoveKind.HOLD, chart, 10)

    with pytest.raises(BalanceBelowLimit):
        limit(chart.tenant_id, "EUR", 0)


def test_the_balance_at_any_past_time_is_known(chart: Chart) -> None:
    before = utc_now()
    top_up(chart.tenant_id, "EUR", 10)
    times = []
    for amount in (1, 2, 3):
        move(MoveKind.HOLD, chart, amount)
        times.append(Entry.objects.latest("id").at)
    available, held = account(chart, AccountKind.AVAILABLE), account(chart, AccountKind.HELD)

    assert [balance_at(available.id, at) for at in (before, *times, utc_now())] == [0, 9, 7, 4, 4]
    assert [balance_at(held.id, at) for at in (before, *times)] == [0, 1, 3, 6]


def test_a_set_is_written_by_as_many_statements_as_one(chart: Chart) -> None:
    top_up(chart.tenant_id, "EUR", 1)

    def statements(number: int) -> int:
        moves = [Move(MoveKind.HOLD, chart, Decimal(1), ids.new_id()) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            record(moves)
        return len(queries)

    assert statements(1) == statements(300)
    held = account(chart, AccountKind.HELD)
    found = entries_of(held.id, after=None, limit=300)
    assert [entry.balance for entry in found] == list(range(301, 1, -1))


def test_a_hundred_at_once_open_one_chart_and_lose_no_move(chart: Chart) -> None:
    other = Chart(chart.tenant_id, "USD")

    def both(number: int) -> None:
        pair = [chart, other] if number % 2 else [other, chart]
        with transaction.atomic():
            record(
                [
                    Move(kind, each, Decimal(1), ids.new_id())
                    for kind in (MoveKind.TOP_UP, MoveKind.HOLD)
                    for each in pair
                ]
            )

    at_once(50, both)

    assert balances(chart.tenant_id) == balances(chart.tenant_id, "USD") == {"funding": -50, "held": 50}
    assert len(accounts_of(chart.tenant_id)) == 12
    for each in Account.objects.all():
        entries = entries_of(each.id, after=None, limit=1000)
        assert each.balance == sum(entry.amount for entry in entries)
        running = [entry.balance for entry in reversed(entries)]
        assert running == [sum(entry.amount for entry in entries[-n:]) for n in range(1, len(entries) + 1)]
