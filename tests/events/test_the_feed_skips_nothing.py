"""The feed gives each event exactly once, whenever its transaction commits, and those of one object in their order."""

from __future__ import annotations

from collections import Counter, defaultdict
from threading import Event as Signal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from payouts_service.events.models import Event
from payouts_service.http.validation import validate
from payouts_service.kit import ids
from payouts_service.payouts import services
from payouts_service.payouts.requests import CreatePayout, UpdatePayout
from tests.client import IBAN_PAYOUT, Client, address
from tests.concurrency import at_once, open_transaction
from tests.events.feed_reader import read_on, read_page, told, uncommitted

WRITERS = 6
ROUNDS = 12


@pytest.fixture(autouse=True)
def _uncounted(settings: Settings) -> None:
    """Whole requests stay uncommitted here, as they never do elsewhere: their counters would stay locked with them."""
    settings.KEY_REQUESTS_PER_MINUTE = settings.ADDRESS_REQUESTS_PER_MINUTE = 0


def _take_a_transaction_id() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")


def test_an_event_that_commits_late_is_not_passed_by(acme: Client) -> None:
    made: list[str] = []
    _, cursor = read_on(acme, None)

    with uncommitted(lambda: made.append(acme.create()["id"])):
        with uncommitted(lambda: made.append(Client(acme.key).create()["id"])):
            assert read_page(acme, cursor=cursor)["data"] == []
        # The second has committed, the first has not: nothing may be read that would stand behind it.
        page = read_page(acme, cursor=cursor)
        assert (page["data"], page["has_more"], page["next_cursor"]) == ([], False, cursor)

    assert told(read_on(acme, cursor)[0]) == [("payout.created", payout_id) for payout_id in made]


def test_what_came_before_an_open_transaction_is_read_meanwhile(acme: Client) -> None:
    before = acme.create()["id"]

    with uncommitted(_take_a_transaction_id):
        during = acme.create()["id"]
        events, cursor = read_on(acme, None)
        assert told(events) == [("payout.created", before)]

    assert told(read_on(acme, cursor)[0]) == [("payout.created", during)]


def test_a_transaction_of_somebody_else_delays_and_loses_nothing(acme: Client) -> None:
    with open_transaction("SELECT pg_current_xact_id()"):
        payout_id = acme.create()["id"]
        events, cursor = read_on(acme, None)
        assert events == []

    assert told(read_on(acme, cursor)[0]) == [("payout.created", payout_id)]


def test_an_older_transaction_that_writes_last_stands_last(acme: Client) -> None:
    payout_id = acme.create()["id"]
    edit = address(payout_id)

    with uncommitted(_take_a_transaction_id, lambda: Client(acme.key).patch(edit, {"comment": "third"})) as proceed:
        acme.patch(edit, {"comment": "second"})
        proceed()

    events, _ = read_on(acme, None)
    assert [(event["sequence"], event["data"]["comment"]) for event in events[1:]] == [(2, "second"), (3, "third")]


def test_an_event_rolled_back_is_not_in_it(acme: Client) -> None:
    with transaction.atomic():
        acme.create()
        transaction.set_rollback(True)
    kept = acme.create()["id"]

    assert told(read_on(acme, None)[0]) == [("payout.created", kept)]


def test_a_reader_among_many_writers_gets_each_event_once_and_in_order(acme: Client) -> None:
    tenant_id, wanted = acme.tenant_id, validate(CreatePayout, {**IBAN_PAYOUT, "connector": "manual"})

    def create() -> UUID:
        return services.create_payout(tenant_id=tenant_id, request=wanted, idempotency_key=None).payout.id

    shared = [create() for _ in range(3)]
    working = [Signal() for _ in range(WRITERS)]
    read: list[dict[str, Any]] = []

    def write(number: int) -> None:
        try:
            for round_ in range(ROUNDS):
                # Several objects in one transaction, so that it holds its id for a while before its last event. Without
                # requests: Django's client lets the end of one close the connections of others that are uncommitted.
                with transaction.atomic():
                    create()
                    edited = UpdatePayout(comment=f"{number} {round_}")
                    payout_id = shared[(number + round_) % len(shared)]
                    services.update_payout(tenant_id=tenant_id, payout_id=payout_id, request=edited, expected=None)
                    create()
        finally:
            working[number].set()

    def poll() -> None:
        client = Client(acme.key)
        cursor = None
        while not all(finished.is_set() for finished in working):
            events, cursor = read_on(client, cursor, limit=5)
            read.extend(events)
        read.extend(read_on(client, cursor, limit=5)[0])

    at_once(WRITERS + 1, lambda number: poll() if number == WRITERS else write(number))

    written = Counter(ids.to_text("evt", event_id) for event_id in Event.objects.values_list("id", flat=True))
    assert Counter(event["id"] for event in read) == written
    assert len(read) >= len(shared) + WRITERS * ROUNDS * 2
    by_object: defaultdict[str, list[int]] = defaultdict(list)
    for event in read:
        by_object[event["object_id"]].append(event["sequence"])
    assert all(sequences == list(range(1, len(sequences) + 1)) for sequences in by_object.values())
    assert max(map(len, by_object.values())) > WRITERS
