"""Entries are added and read; PostgreSQL refuses all else, from the service's role and from the owner of the tables."""

from __future__ import annotations

import os

import psycopg
import pytest

from tests.client import Client
from tests.ledger.money import top_up

STATEMENTS = [
    "UPDATE ledger_entry SET amount = 1",
    "DELETE FROM ledger_entry",
    "DELETE FROM ledger_entry WHERE false",
    "TRUNCATE ledger_entry",
]


@pytest.fixture
def told(acme: Client) -> None:
    top_up(acme.tenant_id, "EUR", 10)


@pytest.mark.parametrize(
    "statement",
    [
        *STATEMENTS,
        "UPDATE ledger_topup SET amount = 1",
        "DELETE FROM ledger_topup",
        "UPDATE ledger_adjustment SET amount = 1",
        "DELETE FROM ledger_adjustment",
    ],
)
def test_the_runtime_role_may_not(told: None, statement: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(statement)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_nor_the_owner(told: None, statement: str) -> None:
    refused = pytest.raises(psycopg.errors.RestrictViolation, match="append-only")
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as session, refused:
        session.execute(statement)


def test_an_entry_between_two_charts_is_refused(told: None, acme: Client, superuser: psycopg.Connection) -> None:
    top_up(acme.tenant_id, "USD", 10)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        superuser.execute(
            "INSERT INTO ledger_entry (tenant_id, currency, kind, debit_id, credit_id, amount, debit_balance,"
            " credit_balance, subject_id, at) SELECT d.tenant_id, d.currency, 'hold', d.id, c.id, 1, 0, 0,"
            " gen_random_uuid(), now() FROM ledger_account d, ledger_account c"
            " WHERE d.kind = 'available' AND d.currency = 'EUR' AND c.kind = 'held' AND c.currency = 'USD'"
        )


@pytest.mark.parametrize("statement", ["DELETE FROM ledger_account", "UPDATE ledger_account SET currency = 'USD'"])
def test_an_account_stays_where_it_is(told: None, statement: str) -> None:
    refused = pytest.raises(psycopg.errors.RestrictViolation, match="accounts stay")
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as session, refused:
        session.execute(statement)
