"""No more goes out than the limits allow; what is above one waits for its window, or fails."""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connections
from pytest_django import Settings

from payouts_service.connectors.contract import RejectionCode, confirmed, rejected, unknown
from payouts_service.kit import ids
from payouts_service.kit.limits import parse_limits
from payouts_service.payouts import claims, engine, queries, release, steps, tenant_limits
from payouts_service.payouts.models import Payout, PayoutAttempt, TenantLimit, Usage
from tests.client import Client, address
from tests.concurrency import at_once, open_transaction
from tests.events.history import history
from tests.eventually import eventually
from tests.http.problem_documents import problem
from tests.ledger import money


def limit(settings: Settings, text: str) -> None:
    settings.LIMITS = parse_limits(text)


def claim(connector: str = "simulator", most: int = 200) -> list[str]:
    return [ids.to_text("po", item.attempt.payout_id) for item in claims.claim_payable(connector, most).items]


def statuses(client: Client, payouts: list[str]) -> list[tuple[str, list[str]]]:
    return [(told["status"], told["waiting_for"]) for told in map(client.read, payouts)]


def tomorrow() -> datetime:
    return datetime.combine(queries.database_now().astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)


def next_month() -> datetime:
    return (queries.database_now().astimezone(UTC).replace(day=1) + timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )


def create(client: Client, *amounts: str, **changes: Any) -> list[str]:
    return [client.create(amount=amount, **changes)["id"] for amount in amounts]


GOES: tuple[str, list[str]] = ("processing", [])
WAITS = ("created", ["limit"])


def test_without_limits_nothing_waits(acme: Client) -> None:
    payouts = create(acme, "999999999", "999999999")
    assert claim() == payouts


@pytest.mark.parametrize(
    ("rule", "opens"), [("EUR.tenant.day.amount=100", tomorrow), ("EUR.tenant.month.amount=100", next_month)]
)
def test_what_does_not_fit_into_the_window_waits_until_the_next(
    acme: Client, settings: Settings, rule: str, opens: Any
) -> None:
    limit(settings, rule)
    payouts = create(acme, "60", "60", "40", "0.01")

    assert claim() == [payouts[0], payouts[2]]  # The second is passed over.

    assert statuses(acme, payouts) == [GOES, WAITS, GOES, WAITS]
    assert {payout.ready_at for payout in Payout.objects.filter(blockers=["limit"])} == {opens()}
    assert history(payouts[1]) == ["payout.created", "payout.blocked"]
    assert claim() == []


@pytest.mark.parametrize("rule", ["EUR.tenant.day.count=2", "EUR.tenant.month.count=2", "EUR.recipient.day.count=2"])
def test_payouts_are_counted_too(acme: Client, settings: Settings, rule: str) -> None:
    limit(settings, rule)
    payouts = create(acme, "1", "1", "1")
    assert claim() == payouts[:2]


def test_each_recipient_has_a_limit_of_its_own(acme: Client, settings: Settings) -> None:
    limit(settings, "EUR.recipient.month.amount=100")
    ada = create(acme, "60", "60")
    text = create(acme, "60", "60", recipient_details="Somebody else entirely")
    assert claim() == [ada[0], text[0]]


def test_each_tenant_and_currency_has_a_limit_of_its_own(acme: Client, globex: Client, settings: Settings) -> None:
    limit(settings, "EUR.tenant.day.amount=100,USD.tenant.day.amount=100")
    fitting = [*create(acme, "100"), *create(acme, "100", currency="USD"), *create(globex, "100")]
    create(acme, "0.01")
    create(acme, "0.01", currency="USD")
    assert claim() == fitting


def test_what_was_claimed_before_counts_and_what_failed_does_not(acme: Client, settings: Settings) -> None:
    settings.INQUIRY_SECONDS = 3600
    limit(settings, "EUR.tenant.day.amount=100,EUR.recipient.day.amount=100")
    payouts = create(acme, "30", "30", "40")
    outcomes = [confirmed("p"), unknown("no answer"), rejected(RejectionCode.COMPLIANCE_REFUSED)]
    engine.record(list(zip(claims.claim_payable("simulator", 3).items, outcomes, strict=True)))
    assert acme.read(payouts[2])["status"] == "failed"
    later = create(acme, "41", "40", "0.01")

    assert claim() == [later[1]]


def test_what_waits_goes_when_the_window_opens_in_the_order_it_came(
    acme: Client, settings: Settings, superuser: psycopg.Connection
) -> None:
    limit(settings, "EUR.tenant.day.count=1")
    payouts = create(acme, "1", "1", "1")
    assert claim() == payouts[:1]
    release.release_limited()
    assert statuses(acme, payouts[1:]) == [WAITS, WAITS]

    _a_day_passes(superuser)
    release.release_limited()

    assert statuses(acme, payouts[1:]) == [("created", []), WAITS]
    newer = create(acme, "1")
    assert claim() == [payouts[1]]
    assert statuses(acme, [payouts[2], *newer]) == [WAITS, WAITS]
    assert history(payouts[1])[:3] == ["payout.created", "payout.blocked", "payout.released"]


def test_a_window_that_opens_lets_go_no_more_than_it_holds(
    acme: Client, globex: Client, settings: Settings, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "_AT_ONCE", 2)
    limit(settings, "EUR.tenant.day.amount=25")
    mine, theirs = create(acme, *["10"] * 7), create(globex, *["10"] * 3)
    assert claim() == [*mine[:2], *theirs[:2]]
    _a_day_passes(superuser)
    superuser.execute("DELETE FROM payouts_usage")  # As on the first day of a month.
    before = Payout.objects.in_bulk()

    assert release.release_limited() == 3

    assert statuses(acme, mine[2:]) == [("created", [])] * 2 + [WAITS] * 3
    assert {payout.ready_at for payout in Payout.objects.filter(blockers=["limit"])} == {tomorrow()}
    assert claim() == [*mine[2:4], theirs[2]]
    versions = Payout.objects.filter(blockers=["limit"]).values_list("id", "version")
    assert {version - before[payout_id].version for payout_id, version in versions} == {1}


def test_raised_limits_let_go_no_more_than_they_hold(
    acme: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "_AT_ONCE", 2)
    limit(settings, "EUR.tenant.day.count=1")
    payouts = create(acme, *["1"] * 8)
    claim()

    assert tenant_limits.set_limits(acme.tenant_id, dict(parse_limits("EUR.tenant.day.count=4"))) == 3

    assert claim() == payouts[1:4]


def _a_day_passes(superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE payouts_payout SET claimed_on = claimed_on - 1, ready_at = ready_at - interval '1 day'")
    superuser.execute("UPDATE payouts_usage SET day = day - 1")


def test_a_payout_that_fits_into_no_window_fails(acme: Client, settings: Settings) -> None:
    limit(settings, "EUR.payout=100,EUR.tenant.month.amount=150,EUR.recipient.day.count=9")
    payouts = create(acme, "100", "100.01", "150.01")

    assert claim() == payouts[:1]

    for payout in payouts[1:]:
        assert acme.read(payout)["failure"] == {
            "code": "limit_exceeded",
            "party": "client",
            "message": "The payout is above the limit EUR.payout.",
            "retryable": False,
        }
    assert PayoutAttempt.objects.count() == 1


def test_where_so_decided_a_breach_fails_at_once(acme: Client, settings: Settings) -> None:
    settings.LIMIT_BREACH = "fail"
    limit(settings, "EUR.tenant.day.count=1")
    payouts = create(acme, "1", "1")

    assert claim() == payouts[:1]

    failure = acme.read(payouts[1])["failure"]
    assert (failure["code"], failure["retryable"]) == ("limit_exceeded", True)


@pytest.mark.parametrize("breach", ["wait", "fail"])
def test_what_the_funds_refuse_uses_none_of_a_limit(acme: Client, settings: Settings, breach: str) -> None:
    settings.LIMIT_BREACH = breach
    limit(settings, "EUR.tenant.day.amount=60")
    money.limit(acme.tenant_id, "EUR", 50)
    large, small, over = create(acme, "60", "10", "51")

    assert claim() == [small]

    assert acme.read(large)["waiting_for"] == ["funds"]
    assert statuses(acme, [over]) == [("failed", []) if breach == "fail" else WAITS]


def test_a_tenants_own_limits_replace_those_of_the_settings(acme: Client, globex: Client, settings: Settings) -> None:
    limit(settings, "EUR.tenant.day.count=1,EUR.payout=10")
    agreed: dict[Any, Decimal | None] = dict(parse_limits("EUR.tenant.day.count=2"))
    tenant_limits.set_limits(acme.tenant_id, {**agreed, **dict.fromkeys(parse_limits("EUR.payout=1"))})
    mine, theirs = create(acme, "11", "11", "11"), create(globex, "1", "1", "11")

    assert claim() == [*mine[:2], theirs[0]]

    assert acme.read(mine[2])["waiting_for"] == globex.read(theirs[1])["waiting_for"] == ["limit"]
    assert globex.read(theirs[2])["status"] == "failed"
    [event] = acme.json(acme.get("/api/events/?type=tenant.limits_changed"))["data"]
    assert event["data"]["limits"] == {"EUR.tenant.day.count": "2"}


def test_raising_a_limit_releases_who_waits(acme: Client, globex: Client, settings: Settings) -> None:
    limit(settings, "EUR.tenant.day.count=1")
    mine, theirs = create(acme, "1", "1", "1"), create(globex, "1", "1")
    claim()

    assert tenant_limits.set_limits(acme.tenant_id, dict(parse_limits("EUR.tenant.day.count=2"))) == 1

    assert claim() == [mine[1]]
    assert statuses(acme, mine) == [GOES, GOES, WAITS]
    assert statuses(globex, theirs) == [GOES, WAITS]


def test_new_limits_wait_for_the_claim_under_way(acme: Client) -> None:
    claim()
    with (
        open_transaction("SELECT FROM payouts_connectorstate WHERE connector = 'simulator' FOR NO KEY UPDATE"),
        pytest.raises(OperationalError, match="lock timeout"),
    ):
        tenant_limits.set_limits(acme.tenant_id, dict(parse_limits("EUR.tenant.day.count=2")))

    assert TenantLimit.objects.count() == 0


def test_a_person_who_pays_is_under_the_same_limits(acme: Client, settings: Settings) -> None:
    limit(settings, "EUR.tenant.day.amount=100")
    one, other = create(acme, "60", "60", connector="manual")
    assert acme.patch(address(one), {"status": "processing"}).status_code == 200

    refused = problem(acme.patch(address(other), {"status": "processing"}), 409, "invalid-transition")

    assert "limit" in refused["detail"]
    assert refused["allowed"] == []
    assert acme.read(other)["version"] == 1
    acme.patch(address(one), {"status": "failed"})
    assert acme.patch(address(other), {"status": "processing"}).status_code == 200


@pytest.mark.parametrize("rule", ["EUR.tenant.day.amount=70", "EUR.recipient.month.amount=70"])
def test_a_claim_by_another_connector_waits_for_the_first_and_finds_no_room(
    acme: Client, settings: Settings, superuser: psycopg.Connection, rule: str
) -> None:
    limit(settings, rule)
    first = create(acme, *["7"] * 10)
    second = create(acme, *["7"] * 10, connector="instant")
    others: list[Future[list[str]]] = []

    def begin_another(step: str, moment: steps.Moment) -> None:
        if (step, moment) == ("claim", "inside") and not others:
            others.append(threads.submit(_claim_apart, "instant"))
            eventually(lambda: others[0].done() or _somebody_waits(superuser))

    with ThreadPoolExecutor(1) as threads:
        steps.watch(begin_another)
        try:
            assert claim() == first
        finally:
            steps.watch(lambda *_: None)
        assert others[0].result() == []

    assert statuses(acme, second) == [WAITS] * 10


def _claim_apart(connector: str) -> list[str]:
    try:
        return claim(connector)
    finally:
        connections.close_all()


def _somebody_waits(superuser: psycopg.Connection) -> bool:
    waiting = superuser.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
    return waiting != (0,)


def test_claims_of_two_connectors_from_many_threads_keep_the_limit_together(acme: Client, settings: Settings) -> None:
    limit(settings, "EUR.tenant.day.amount=200,EUR.recipient.month.amount=300")
    for connector in ("simulator", "instant"):
        create(acme, *["7"] * 40, connector=connector)

    claimed = at_once(8, lambda number: claim("simulator" if number % 2 else "instant", 4))

    while more := [*claim("simulator"), *claim("instant")]:
        claimed.append(more)
    assert sum(map(len, claimed)) == 28  # 196 of 200.
    assert Counter(Payout.objects.values_list("status", flat=True)) == {"processing": 28, "created": 52}
    [used] = Usage.objects.all()
    assert (used.payouts, used.amount) == (28, Decimal(196))


def test_usage_is_the_sum_of_what_is_processing_or_completed(acme: Client, globex: Client) -> None:
    for client in (acme, globex):
        create(client, "10", "20", "30")
        create(client, "5", currency="USD")
    items = claims.claim_payable("simulator", 200).items
    engine.record(
        [
            (item, rejected(RejectionCode.COMPLIANCE_REFUSED) if number % 3 == 0 else confirmed("p"))
            for number, item in enumerate(items)
        ]
    )

    counted = Payout.objects.filter(status__in=("processing", "completed"))
    sums: dict[tuple[Any, str], Decimal] = defaultdict(Decimal)
    for payout in counted:
        sums[payout.tenant_id, payout.currency] += payout.amount
    assert {(used.tenant_id, used.currency): used.amount for used in Usage.objects.exclude(payouts=0)} == sums
    assert sum(used.payouts for used in Usage.objects.all()) == counted.count() == 5


def test_a_claim_asks_as_much_for_many_payouts_as_for_one(
    acme: Client, settings: Settings, django_assert_max_num_queries: Any
) -> None:
    limit(settings, "EUR.tenant.day.amount=1000,EUR.recipient.month.count=500")
    create(acme, *["1"] * 31)
    claim(most=1)  # The first makes the connector's row.
    with django_assert_max_num_queries(40) as one:
        claim(most=1)

    with django_assert_max_num_queries(40) as many:
        claim(most=29)

    assert len(many) == len(one)


@pytest.mark.parametrize(("language", "word"), [("en", "limit"), ("ru", "лимит")])
def test_it_can_say_why_it_waits_and_until_when(acme: Client, settings: Settings, language: str, word: str) -> None:
    limit(settings, "EUR.tenant.day.count=1")
    payout = create(acme, "1", "1")[1]
    claim()

    told = acme.json(acme.get(f"{address(payout)}explain/", Accept_Language=language))

    assert word in told["why"]
    assert told["next_at"] == tomorrow().isoformat(timespec="microseconds").replace("+00:00", "Z")
