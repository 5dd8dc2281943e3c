"""An event tells what became of a payout, who did it and by which request, and nothing personal."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import psycopg
import pytest
import structlog

from payouts_service.events.models import Event
from payouts_service.kit import ids
from payouts_service.observability.logs import configure_logs
from payouts_service.payouts import tasks
from payouts_service.tenants.models import ApiKey
from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.events.history import events_of, history

NAME, IBAN, TEXT, TOKEN = (
    "Zebedee Quartermain",
    "GB33BUKB20201555555555",
    "Cellar door at Rudge Lane 7",
    "tok_planted_secret",
)
PLANTED = (NAME, "Zebedee", "Quartermain", IBAN, IBAN[4:], TEXT, "Rudge", TOKEN)
DETAILS: list[Any] = [
    {"kind": "iban", "name": NAME, "iban": IBAN},
    {"kind": "card_token", "token": TOKEN, "last4": "4242"},
    {"kind": "text", "text": TEXT},
    TEXT,
]


def test_a_request_is_recorded_with_its_key_and_its_id(acme: Client) -> None:
    payout_id = acme.json(acme.post(PAYOUTS, IBAN_PAYOUT, X_Request_Id="create-7"))["id"]
    acme.patch(address(payout_id), {"comment": "New"}, X_Request_Id="edit-8")
    acme.post(f"{address(payout_id)}cancel/", {"reason": "Twice"}, X_Request_Id="cancel-9")

    events = events_of(payout_id)
    key = ids.to_text("key", ApiKey.objects.get().id)
    assert [(event.type, event.request_id) for event in events] == [
        ("payout.created", "create-7"),
        ("payout.updated", "edit-8"),
        ("payout.failed", "cancel-9"),
    ]
    assert {(event.actor_type, event.actor_id, event.tenant_id) for event in events} == {
        ("api_key", key, acme.tenant_id)
    }


def test_what_a_worker_does_is_recorded_as_the_workers(acme: Client) -> None:
    payout_id = acme.create(connector="instant")["id"]

    tasks.pay("instant")

    assert history(payout_id) == ["payout.created", "payout.claimed", "payout.completed"]
    assert {(event.actor_type, event.request_id) for event in events_of(payout_id)[1:]} == {("worker", "")}


def test_the_data_are_the_payout_as_it_was_answered(acme: Client) -> None:
    created = acme.create(connector="manual")
    taken = acme.json(acme.patch(address(created["id"]), {"status": "processing"}))
    done = acme.json(acme.patch(address(created["id"]), {"status": "failed", "reason": "It came back"}))

    assert [event.data for event in events_of(created["id"])] == [created, taken, done]


def test_a_refused_request_leaves_no_event(acme: Client) -> None:
    payout = acme.create(connector="manual")
    acme.post(PAYOUTS, {**IBAN_PAYOUT, "amount": "-1"})
    acme.patch(address(payout["id"]), {"status": "completed"})
    acme.delete(address(payout["id"]), If_Match='"7"')

    assert history(payout["id"]) == ["payout.created"]
    assert Event.objects.count() == 1


def test_an_event_carries_no_transaction_before_its_own(acme: Client, superuser: psycopg.Connection) -> None:
    payout_id = acme.create()["id"]
    acme.patch(address(payout_id), {"comment": "New"})

    rows = superuser.execute("SELECT transaction_id::text, xmin::text FROM events_event ORDER BY position").fetchall()
    (first, its_writer), (second, another_writer) = [tuple(map(int, row)) for row in rows]
    assert its_writer <= first < another_writer <= second


@pytest.fixture
def log() -> Iterator[StringIO]:
    """All that is logged during the test."""
    root = logging.getLogger()
    before, ours = root.handlers[:], structlog.get_config()
    output = StringIO()
    with redirect_stderr(output):
        configure_logs("DEBUG")
    yield output
    root.handlers[:] = before
    structlog.configure(**ours)


def _every_row(superuser: psycopg.Connection) -> str:
    tables = superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    rows = [
        superuser.execute(
            psycopg.sql.SQL("SELECT row_to_json(t)::text FROM {} t").format(psycopg.sql.Identifier(table))
        ).fetchall()
        for (table,) in tables
    ]
    return json.dumps(rows)


@pytest.mark.parametrize("details", DETAILS, ids=["iban", "card_token", "text", "bare text"])
def test_the_recipient_is_told_to_nobody(
    acme: Client, superuser: psycopg.Connection, log: StringIO, details: Any
) -> None:
    answers = []
    for connector in ("instant", "manual"):
        body = {**IBAN_PAYOUT, "recipient_details": details, "connector": connector}
        created = acme.post(PAYOUTS, body, Idempotency_Key=f"key-{connector}")
        where = created["Location"]
        answers += [
            created,
            acme.post(PAYOUTS, {**body, "amount": "1.00"}, Idempotency_Key=f"key-{connector}"),
            acme.post(PAYOUTS, {**body, "amount": "-1.00", "extra": 1}),
            acme.patch(where, {"comment": "New", "recipient_details": details}),
            acme.patch(where, {"status": "completed"}),
        ]
        tasks.pay("instant")
        answers += [acme.get(where), acme.delete(where), acme.get(PAYOUTS)]

    # Stored rows show bytes in hexadecimal digits, so that a value that was not sealed would show there.
    told = "".join(answer.content.decode() for answer in answers) + log.getvalue() + _every_row(superuser)
    assert [value for value in PLANTED if value in told or value.encode().hex() in told] == []
    assert "4242" in told or details != DETAILS[1]
    assert log.getvalue()
