"""Statements of the hot paths: what they are given arrives as it was, and a connection that is new serves them too."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

import pytest
from django.db import DataError, connection

from payouts_service.database.base import DatabaseWrapper
from payouts_service.database.prepared import as_json, fetch, row_of
from payouts_service.payouts.models import PayoutAttempt

COLUMNS = [field.attname for field in PayoutAttempt._meta.concrete_fields]  # noqa: SLF001 - Django's documented door.
ECHO = "SELECT %(value)s::text"
ONE_ROW = "SELECT id, at, amount FROM jsonb_to_record(%(row)s::jsonb) AS r (id uuid, at timestamptz, amount numeric)"


def test_a_statement_keeps_its_cursor_as_long_as_the_connection_lasts(database: None) -> None:
    kept = cast("DatabaseWrapper", connection)
    assert fetch(ECHO, {"value": "first"}) == [("first",)]
    first = kept.cursor_of(ECHO)
    assert fetch(ECHO, {"value": None}) == [(None,)]
    assert kept.cursor_of(ECHO) is first

    connection.close()

    assert fetch(ECHO, {"value": "on a new one"}) == [("on a new one",)]
    assert kept.cursor_of(ECHO) is not first


def test_a_statement_that_failed_serves_again(database: None) -> None:
    divided = "SELECT 1 / %(by)s::int"
    with pytest.raises(DataError):
        fetch(divided, {"by": 0})

    assert fetch(divided, {"by": 1}) == [(1,)]


def test_ids_times_and_amounts_are_in_json_as_postgresql_reads_them(database: None) -> None:
    row = (
        UUID("0193a5d0-0000-7000-8000-000000000001"),
        datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC),
        Decimal("12345678901234.5678"),
    )

    assert fetch(ONE_ROW, {"row": as_json(dict(zip(("id", "at", "amount"), row, strict=True)))}) == [row]


@pytest.mark.parametrize("value", [{"text": "\ud800"}, {"thing": object()}], ids=["unpaired surrogate", "no JSON"])
def test_what_cannot_be_json_is_refused_as_postgresql_refuses_data(value: object) -> None:
    with pytest.raises(DataError):
        as_json(value)


def test_the_object_of_a_written_row_is_what_the_model_would_make() -> None:
    values = {"id": UUID(int=1), "payout_id": UUID(int=2), "number": 3, "connector": "instant", "opened_at": None}

    row, made = row_of(PayoutAttempt, values), PayoutAttempt(**values)

    assert {name: getattr(row, name) for name in COLUMNS} == {name: getattr(made, name) for name in COLUMNS}
    assert row.evidence is not row_of(PayoutAttempt, values).evidence


def test_a_name_that_the_row_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="PayoutAttempt has no nmber"):
        row_of(PayoutAttempt, {"nmber": 3})
