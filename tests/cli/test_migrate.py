"""`payouts migrate` brings the tables up to date as their owner, and says in one sentence why it cannot."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest
from django.core.management import call_command

from tests.torture.strikes import UNDONE, UNDONE_INDEXES


def migrate(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "payouts_service.cli", "migrate"]
    kept = {name: value for name, value in os.environ.items() if environment.get(name) != ""}
    return subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, check=False)


def test_it_may_be_run_again(django_db_setup: None) -> None:
    again = migrate()
    assert (again.returncode, "No migrations to apply" in again.stdout) == (0, True)


@pytest.mark.parametrize(("left", "stays"), [("whole", True), ("broken", False)])
def test_after_it_was_broken_off_an_index_that_is_whole_stays(
    superuser: psycopg.Connection, left: str, *, stays: bool
) -> None:
    index = "SELECT indexrelid, indisvalid FROM pg_index WHERE indexrelid = %s::regclass"
    [(before, _)] = superuser.execute(index, [UNDONE_INDEXES[0]]).fetchall()
    superuser.execute("DELETE FROM django_migrations WHERE app = 'payouts' AND name = %s", [UNDONE])
    superuser.execute("UPDATE pg_index SET indisvalid = %s WHERE indexrelid = %s", [left == "whole", before])

    again = migrate()

    assert (again.returncode, f"payouts.{UNDONE}" in again.stdout) == (0, True)
    [(after, is_valid)] = superuser.execute(index, [UNDONE_INDEXES[0]]).fetchall()
    assert (is_valid, after == before) == (True, stays)


def test_the_runtime_role_is_told_that_it_is_not_the_owner(django_db_setup: None) -> None:
    refused = migrate(MIGRATION_DATABASE_URL=os.environ["DATABASE_URL"])
    assert refused.returncode == 1
    assert "MIGRATION_DATABASE_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("table", ["events_event", "payouts_decision", "payouts_exchange", "payouts_callback"])
def test_the_runtime_role_only_adds_to_the_records(django_db_setup: None, table: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as runtime, pytest.raises(psycopg.errors.InsufficientPrivilege):
        runtime.execute(f"DELETE FROM {table}")  # noqa: S608 - the names above.


def test_the_migrations_are_those_that_the_models_need(database: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)  # Exits where a migration is missing.
