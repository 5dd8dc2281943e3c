"""Whatever clients, workers and the sweep ask is found by an index, and few rows are read, however many there are.

The service's own code does the work, and each query that it sends is explained. The bounds are those of the work, a
page or a claim's set or what is live of one kind: none of them knows how many payouts there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from payouts_service.connectors import registry
from payouts_service.connectors.contract import confirmed, unknown
from payouts_service.events import search as audit_trail
from payouts_service.events.feed import history as log_of
from payouts_service.events.log import Fact
from payouts_service.events.search import LOOKED_AT_MOST, Wanted
from payouts_service.http.pages import Position, encode_cursor
from payouts_service.idempotency.models import IdempotencyKey
from payouts_service.kit.clock import utc_now
from payouts_service.kit.ids import to_text
from payouts_service.kit.limits import parse_rule
from payouts_service.ledger import accounts
from payouts_service.ledger.models import Account
from payouts_service.observability.metrics import render
from payouts_service.payouts import claims, finding, funds, needs, pausing, pulse, queries, release, returns, settlement
from payouts_service.payouts.settlement import Result
from payouts_service.payouts.wire import payout_id_text
from tests.client import IBAN_PAYOUT, PAYOUTS, address
from tests.growth.history import FINISHED, LIVE, History
from tests.growth.plans import Plans, plans
from tests.payouts.test_provider_callbacks import SECRET, call

PAGE: Final = 50
LOOK_AT: Final = 1000
SET: Final = 10
RELEASED: Final = 100
"""Payouts that money which comes back releases at once."""
WINDOW: Final = timedelta(days=4)
"""Holds some fifty payouts of the history."""

Work = Callable[[History], object]


def get(path: str, **query: Any) -> Work:
    """A read; a value may be a function of the history."""

    def work(history: History) -> None:
        given = {name: value(history) if callable(value) else value for name, value in query.items()}
        response = history.client.get(f"{path}?{urlencode(given, doseq=True)}")
        assert response.status_code == 200, response.content

    return work


def of_deep(suffix: str = "") -> Work:
    """A read about one payout."""
    return lambda history: get(address(payout_id_text(history.deep.id)) + suffix)(history)


def of_account(suffix: str = "", **query: Any) -> Work:
    """A read about the account that every payout moves money of."""

    def work(history: History) -> None:
        account = Account.objects.get(tenant=history.tenant, currency="EUR", kind="held")
        get(f"/api/accounts/{to_text('ac', account.id)}/{suffix}", **query)(history)

    return work


def deep_cursor(history: History) -> str:
    return encode_cursor(Position(history.deep.created_at, history.deep.id))


WITHIN: Final[dict[str, Any]] = {
    "created_at__gte": lambda history: (history.deep.created_at - WINDOW).isoformat(),
    "created_at__lt": lambda history: history.deep.created_at.isoformat(),
}


def by_key(history: History) -> None:
    first = IdempotencyKey.objects.order_by("id").values_list("id", flat=True)[0]
    get(PAYOUTS, idempotency_key=IdempotencyKey.objects.get(id=first + FINISHED // 2).key)(history)


def search(history: History) -> None:
    wanted = {"recipient_account": {"kind": "iban", "iban": IBAN_PAYOUT["recipient_details"]["iban"]}}
    answer = history.client.post(f"{PAYOUTS}search/", wanted)
    assert len(history.client.json(answer)["data"]) == PAGE


def look_back_for_a_currency(history: History) -> None:
    filters = queries.Filters(currency="USD")
    found, following = queries.page(
        tenant_id=history.tenant.id, filters=filters, after=None, limit=PAGE, look_at=LOOK_AT
    )
    assert not found
    assert following is not None


def list_what_needs_a_person(history: History) -> None:
    for need in needs.Need:
        filters = queries.Filters(where=needs.WHERE[need])
        found, _ = queries.page(tenant_id=history.tenant.id, filters=filters, after=None, limit=PAGE)
        assert found or need is needs.Need.PARKED


def by_name(history: History) -> None:
    for text in (history.deep.external_id, history.reference, "their-reference", payout_id_text(history.deep.id)):
        found, _ = finding.search(tenant_id=history.tenant.id, text=str(text), after=None, limit=PAGE)
        assert len(found) == (text != "their-reference")


def tell_history(history: History) -> None:
    events = log_of(tenant_id=history.tenant.id, object_id=history.deep.id, limit=PAGE)
    assert len(events) == history.deep.version
    assert accounts.entries_about(history.tenant.id, [history.deep.id])


def feed(**query: Any) -> Work:
    """Two pages of the feed."""

    def work(history: History) -> None:
        first = history.client.json(history.client.get(f"/api/events/?{urlencode(query)}"))
        get("/api/events/", cursor=first["next_cursor"], **query)(history)

    return work


def trail(**wanted: Any) -> Work:
    """A page of the audit trail; a value may be a function of the history."""

    def work(history: History) -> None:
        given = {name: value(history) if callable(value) else value for name, value in wanted.items()}
        audit_trail.page(tenant_id=history.tenant.id, wanted=Wanted(**given), after=None, limit=PAGE)

    return work


def create(history: History) -> None:
    for _ in range(2):  # The second time it is answered from the key.
        history.client.post(PAYOUTS, {**IBAN_PAYOUT, "external_id": "order-1"}, Idempotency_Key="key-of-order-1")


def edit(history: History) -> None:
    payout = address(history.client.create(connector="manual")["id"])
    for status in ("processing", "completed"):
        assert history.client.patch(payout, {"status": status}).status_code == 200
    returned = {"provider_reference": "R-1", "reason": "Account closed"}
    assert history.client.post(f"{payout}returns/", returned).status_code == 201


def cancel(history: History) -> None:
    payout = address(history.client.create()["id"])
    assert history.client.post(f"{payout}cancel/", {"reason": "Ordered twice"}).status_code == 200


def delete(history: History) -> None:
    assert history.client.delete(address(history.client.create()["id"])).status_code == 204


def top_up(history: History) -> None:
    told = {"amount": "10.00", "currency": "KZT", "external_id": "top-up"}
    answer = history.client.post("/api/top-ups/", told, Idempotency_Key="key-of-a-top-up")
    get(f"/api/top-ups/{history.client.json(answer)['id']}/")(history)


def pay(_: History) -> None:
    taken = claims.claim_payable("instant", SET).items
    assert len(taken) == SET
    settlement.settle([_result(item, confirmed("there")) for item in taken])


def pay_again(_: History) -> None:
    taken = claims.claim_payable("simulator", SET).items
    assert [item.attempt.number for item in taken] == [2] * SET


def ask(_: History) -> None:
    pausing.pause_connector("simulator", reason="Else those that are sent again come first")
    try:
        taken = claims.claim_due("simulator", SET).items
    finally:
        pausing.resume_connector("simulator")
    assert [item.submits for item in taken] == [False] * SET
    settlement.settle([_result(item, unknown("no answer")) for item in taken])


def send_again(connector: str) -> Work:
    """To a provider that lacks the payment, or one that cannot be asked."""

    def work(_: History) -> None:
        assert [item.submits for item in claims.claim_due(connector, SET).items] == [True] * SET

    return work


def call_back(history: History) -> None:
    assert call(history.client, "payment.confirmed", history.reference).status_code == 204


def _result(item: claims.Claimed, outcome: Any) -> Result:
    return Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", outcome)


def look_for_hints(_: History) -> None:
    for connector in ("instant", "simulator"):
        assert claims.is_payable(connector)
        assert claims.is_due(connector)
    assert returns.is_due("simulator")


CASES: Final[Sequence[tuple[str, Work, int]]] = [
    ("list", get(PAYOUTS), PAGE + 5),
    ("list a deep page", get(PAYOUTS, cursor=deep_cursor), PAGE + 5),
    ("list a common status", get(PAYOUTS, status="completed"), PAGE + 5),
    ("list a rare status", get(PAYOUTS, status="failed", cursor=deep_cursor), PAGE + 5),
    ("list two statuses", get(PAYOUTS, status=["completed", "processing"], cursor=deep_cursor), 2 * PAGE + 5),
    ("list by external_id", get(PAYOUTS, external_id=lambda history: history.deep.external_id), 5),
    ("list by an unknown external_id", get(PAYOUTS, external_id="unknown"), 5),
    ("list by idempotency_key", by_key, 5),
    ("list a window", get(PAYOUTS, **WITHIN), 100),
    ("list a window of a connector", get(PAYOUTS, **WITHIN, connector="manual"), 100),
    ("list a window of a currency", get(PAYOUTS, **WITHIN, currency="USD"), 100),
    ("look back for a rare currency", look_back_for_a_currency, 2 * LOOK_AT + 5),
    ("search by account", search, PAGE + 5),
    ("search by any name", by_name, 5),
    ("count what needs a person", lambda history: needs.numbers(history.tenant.id), 30 * LIVE),
    ("list what needs a person", list_what_needs_a_person, 30 * LIVE),
    ("count by status and currency", lambda history: pulse.standing(history.tenant.id, at=utc_now()), 30 * LIVE),
    ("count a week by hours", lambda history: pulse.steps(history.tenant.id, "week", at=utc_now()), 30 * LIVE),
    ("tell a payout's history", tell_history, 10),
    ("read a payout", of_deep(), 5),
    ("read its attempts", of_deep("attempts/"), 5),
    ("explain it", of_deep("explain/"), 6),
    ("read the feed", feed(limit=PAGE), 6 * PAGE),
    ("read the feed by type", feed(limit=PAGE, type="payout.failed"), 4 * 1000 + 4 * PAGE),
    ("look back for a rare event", trail(types=frozenset({"payout.deleted"})), LOOKED_AT_MOST + PAGE),
    ("look back from a day", trail(before=lambda history: history.deep.created_at), LOOKED_AT_MOST + 2 * PAGE),
    ("look back at an object", trail(object_id=lambda history: history.deep.id), 20),
    ("list accounts", get("/api/accounts/"), 0),
    ("read a past balance", of_account(at="2026-06-01T00:00:00Z"), 5),
    ("read an account's entries", of_account("entries/"), 3 * PAGE),
    ("read them of a window", of_account("entries/", at__gte="2026-06-01T00:00:00Z"), 3 * PAGE),
    ("claim and settle", pay, 20 * SET),
    ("claim retries", pay_again, 20 * SET),
    ("ask", ask, 20 * SET),
    ("send again", send_again("simulator"), 10 * SET),
    ("send again, where none is asked", send_again("instant"), 10 * SET),
    ("take a callback", call_back, 20),
    ("look for hints", look_for_hints, 20),
    ("create, and again", create, 10),
    ("settle by hand, and return", edit, 4 * RELEASED),
    ("cancel", cancel, 4 * RELEASED),
    ("delete", delete, 10),
    ("top up", top_up, 10),
    ("park the hopeless", lambda _: claims.park_hopeless("simulator"), 10 * LIVE),
    ("release the resumed", lambda _: release.release_resumed(budget_seconds=0), 10 * LIVE),
    ("release the limited", lambda _: release.release_limited(budget_seconds=0), 12 * LIVE),
    ("release for funds", lambda _: funds.release_all(budget_seconds=0), 12 * LIVE),
    ("catch up", lambda _: funds.catch_up(budget_seconds=0), 10 * LIVE),
    ("show metrics", lambda _: render(), 42 * LIVE),
    ("tell health", get("/health/ready"), 0),
]


@pytest.fixture(autouse=True)
def agreed(settings: Settings) -> Iterator[None]:
    settings.SIMULATOR_CALLBACK_SECRET = SECRET
    registry.forget_all()
    yield
    registry.forget_all()


def look(work: Work, history: History) -> Plans:
    with plans() as found:
        work(history)
    assert found.queries
    return found


@pytest.mark.parametrize(("work", "most"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_reads_little(history: History, work: Work, most: int) -> None:
    found = look(work, history)

    assert found.whole_tables() == []
    assert found.rows_read() <= most


def test_whether_work_waits_is_asked_of_an_index_however_much_waits(history: History) -> None:
    """The cost of a random page stands for a backlog: a walk to the first row that fits looks cheaper than an index."""
    back = Fact("payout.failed", history.tenant.id, "payout", history.deep.id, 1, {"currency": "EUR"})
    with connection.cursor() as cursor:
        cursor.execute("SET random_page_cost = 25")
    try:
        hints = look(look_for_hints, history)
        waiting = look(lambda _: funds.release_after([back]), history)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET random_page_cost = 1.1")

    assert hints.whole_tables() + waiting.whole_tables() == []


def test_limits_are_judged_by_little(history: History, settings: Settings) -> None:
    settings.LIMITS = {parse_rule("EUR.tenant.month.amount"): Decimal(10**12)}

    found = look(pay, history)

    assert found.whole_tables() == []
    assert found.rows_read() <= 25 * SET


def test_an_account_is_read_to_its_end_by_little(history: History) -> None:
    account = Account.objects.get(tenant=history.tenant, currency="EUR", kind="held")

    found = look(lambda _: accounts.entries_of(account.id, after=None, limit=1000), history)

    assert found.whole_tables() == []
    assert found.rows_read() <= 2000
