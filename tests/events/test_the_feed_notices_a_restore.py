"""A cursor is good for the database that it was read from; after a restore the reader is told, not misled."""

from __future__ import annotations

import base64
import json
import os
from typing import Any, Final
from urllib.parse import urlencode

import psycopg
import pytest

from payouts_service.events.models import Event
from payouts_service.kit import ids
from tests.client import Client, address
from tests.events.feed_reader import EVENTS, read_on, read_page, told
from tests.http.problem_documents import problem, wrong_fields

# What the owner runs, with the service stopped, after a dump was restored into another cluster. The events keep the
# order in which they were written; transaction 3 is the first that any cluster has.
NUMBER_ANEW: Final = (
    "ALTER TABLE events_event DISABLE TRIGGER events_append_only",
    "UPDATE events_event SET transaction_id = '3'",
    "ALTER TABLE events_event ENABLE TRIGGER events_append_only",
)


def _opened(cursor: str) -> list[str]:
    parts: list[str] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return parts


def _encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _as_a_replica(superuser: psycopg.Connection, statement: psycopg.sql.SQL, *values: object) -> None:
    """As PostgreSQL applies changes of elsewhere: without the triggers."""
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(statement, values)
    superuser.execute("SET session_replication_role = origin")


def test_the_cursor_names_the_cluster(acme: Client, superuser: psycopg.Connection) -> None:
    row = superuser.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
    assert row is not None

    assert _opened(read_page(acme)["next_cursor"]) == [row[0], ""]


@pytest.mark.parametrize("events", [0, 1])
def test_a_cursor_of_another_cluster_is_gone(acme: Client, events: int) -> None:
    for _ in range(events):
        acme.create()
    cluster, event_id = _opened(read_page(acme)["next_cursor"])
    cursor = _encoded([str(int(cluster) + 1), event_id])

    answer = problem(acme.get(f"{EVENTS}?cursor={cursor}"), 410, "cursor-gone")
    assert "from its beginning, without a cursor" in answer["detail"]


def test_a_cursor_whose_event_was_lost_is_gone(acme: Client, superuser: psycopg.Connection) -> None:
    kept = acme.create()["id"]
    _, before = read_on(acme, None)
    acme.create()
    _, cursor = read_on(acme, before)

    _as_a_replica(
        superuser, psycopg.sql.SQL("DELETE FROM events_event WHERE object_id <> %s"), ids.from_text("po", kept)
    )
    acme.patch(address(kept), {"comment": "After the restore"})

    problem(acme.get(f"{EVENTS}?cursor={cursor}"), 410, "cursor-gone")
    assert told(read_on(acme, before)[0]) == [("payout.updated", kept)]


def test_a_dump_restored_elsewhere_is_put_in_order_by_its_owner(
    acme: Client, globex: Client, superuser: psycopg.Connection
) -> None:
    payout_id = acme.create()["id"]
    acme.patch(address(payout_id), {"comment": "second"})
    # Rows of a cluster that has run more transactions than this one.
    _as_a_replica(
        superuser, psycopg.sql.SQL("UPDATE events_event SET transaction_id = (1000000000 + 7 * position)::text::xid8")
    )
    acme.patch(address(payout_id), {"comment": "third"})

    problem(acme.get(EVENTS), 503, "events-out-of-order")
    assert read_page(globex)["data"] == []
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as owner:
        for statement in NUMBER_ANEW:
            owner.execute(statement)
    acme.patch(address(payout_id), {"comment": "fourth"})

    assert [event["sequence"] for event in read_on(acme, None, limit=1)[0]] == [1, 2, 3, 4]
    with (
        psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as owner,
        pytest.raises(psycopg.errors.RestrictViolation),
    ):
        owner.execute("UPDATE events_event SET sequence = 7")
    assert Event.objects.count() == 4


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "\0",
        "abc",
        "????",
        "курсор",
        "x" * 201,
        _encoded(None),
        _encoded({}),
        _encoded([]),
        _encoded(["1"]),
        _encoded(["1", "", ""]),
        _encoded(["", ""]),
        _encoded([None, ""]),
        _encoded(["1", None]),
        _encoded(["1", 5]),
        _encoded(["1", "\0" * 32]),
        _encoded(["one", "0" * 32]),
        _encoded([float("inf"), ""]),
        _encoded("1"),
        base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(),
        base64.urlsafe_b64encode(b"[" * 150).decode(),
    ],
    ids=repr,
)
def test_a_cursor_that_is_not_ours_is_refused(acme: Client, cursor: Any) -> None:
    assert set(wrong_fields(acme.get(f"{EVENTS}?{urlencode({'cursor': cursor})}"))) == {"cursor"}


def test_a_made_up_cursor_leads_nowhere(acme: Client) -> None:
    acme.create()
    cluster, _ = _opened(read_page(acme)["next_cursor"])

    for parts in ([cluster, ids.new_id().hex], ["9" * 40, ""], ["-1", "0" * 32]):
        problem(acme.get(f"{EVENTS}?cursor={_encoded(parts)}"), 410, "cursor-gone")
