"""docs/how-to/back-up-and-restore.md, walked on a real database: what is restored is the same, whole and open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from payouts_service.cli.embedded.places import Places
from payouts_service.cli.embedded.servers import programs_for
from payouts_service.payouts import engine
from tests.client import Client, address
from tests.prose.markdown import ROOT
from tests.prose.walk import Shell, walk

PAGE = (ROOT / "docs" / "how-to" / "back-up-and-restore.md").read_text()
RESTORED = "payouts_restored"


def of_the_restored(url: str) -> str:
    return urlsplit(url)._replace(path=f"/{RESTORED}").geturl()


@pytest.fixture
def shell(superuser: psycopg.Connection, tmp_path: Path) -> Iterator[Shell]:
    """A shell with the addresses and the programs that the page asks for."""
    names = {
        "SUPERUSER_URL": os.environ["TEST_SUPERUSER_URL"],
        "RESTORED_OWNER_URL": of_the_restored(os.environ["MIGRATION_DATABASE_URL"]),
        "RESTORED_URL": of_the_restored(os.environ["DATABASE_URL"]),
        "PATH": f"{programs_for(Places.of(ROOT)).postgres_bin}{os.pathsep}{os.environ['PATH']}",
    }
    with Shell(tmp_path, names) as shell:
        yield shell
    superuser.execute(f"DROP DATABASE IF EXISTS {RESTORED} WITH (FORCE)")


def rows_of(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as PostgreSQL prints it."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            name: sorted(connection.execute(f'SELECT row::text FROM "{name}" AS row'))  # noqa: S608 - of the catalogue.
            for (name,) in tables
        }


@pytest.mark.timeout(600)  # Its commands are processes of their own.
def test_what_is_restored_is_what_was_there(shell: Shell, acme: Client) -> None:
    acme.create(connector="instant")
    engine.pay_ready("instant", budget_seconds=20)
    by_hand = acme.create(connector="manual")["id"]
    acme.patch(address(by_hand), {"status": "processing"})
    acme.create()

    walk(PAGE.partition("## With Compose")[0], shell)

    there = os.environ["TEST_SUPERUSER_URL"]
    assert rows_of(of_the_restored(there)) == rows_of(there)
