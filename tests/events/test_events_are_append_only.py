"""An event, once written, is neither changed nor removed, by whatever role."""

from __future__ import annotations

import os
from typing import LiteralString

import psycopg
import pytest

from payouts_service.events.models import Event
from tests.client import Client

STATEMENTS: list[LiteralString] = [
    "UPDATE events_event SET type = 'payout.completed'",
    "UPDATE events_event SET type = type WHERE false",
    "DELETE FROM events_event",
    "DELETE FROM events_event WHERE false",
    "TRUNCATE events_event",
    "TRUNCATE events_event CASCADE",
]


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize(
    ("role", "refusal"),
    [
        ("DATABASE_URL", psycopg.errors.InsufficientPrivilege),
        ("MIGRATION_DATABASE_URL", psycopg.errors.RestrictViolation),
        ("TEST_SUPERUSER_URL", psycopg.errors.RestrictViolation),
    ],
)
def test_every_role_is_refused(acme: Client, role: str, refusal: type[Exception], statement: LiteralString) -> None:
    acme.create()
    before = list(Event.objects.values())

    with psycopg.connect(os.environ[role]) as session, pytest.raises(refusal):
        session.execute(statement)

    assert list(Event.objects.values()) == before


def test_the_runtime_role_cannot_lift_the_rule(acme: Client) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
        for statement in (
            "ALTER TABLE events_event DISABLE TRIGGER ALL",
            "DROP TRIGGER events_append_only ON events_event",
            "SET session_replication_role = replica",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)


def test_a_version_has_one_event(acme: Client) -> None:
    acme.create()
    event = Event.objects.get()
    copy = (
        "INSERT INTO events_event (id, transaction_id, tenant_id, type, object_type, object_id, sequence, data,"
        " actor_type, actor_id, request_id, occurred_at) SELECT gen_random_uuid(), transaction_id, tenant_id, type,"
        " object_type, object_id, sequence, data, actor_type, actor_id, request_id, occurred_at FROM events_event"
    )
    with psycopg.connect(os.environ["DATABASE_URL"]) as session, pytest.raises(psycopg.errors.UniqueViolation):
        session.execute(copy)

    assert Event.objects.get() == event
