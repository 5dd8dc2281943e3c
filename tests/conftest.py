"""What every test may ask for: the migrated database, tenants with keys, and clients that use them.

No test runs inside a transaction of its own: hints after commits, row locks and triggers work as they do in production.
People have fixed meanings: ``acme`` owns what a test is about, ``globex`` is another tenant and may see none of it.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import hypothesis
import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.client import Client
from tests.eventually import eventually
from tests.sessions import close_connections
from tests.tables import empty_tables

# A machine at work elsewhere makes a test slow, not wrong.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")

pytest_plugins = ["tests.simulator_process"]


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end; the garbage collector need not look at it with each pass."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup() -> Iterator[None]:
    """Migrate the tests' database the way operators do."""
    subprocess.run([sys.executable, "-m", "payouts_service.cli", "migrate"], check=True, stdout=subprocess.DEVNULL)
    yield
    close_connections()


@pytest.fixture(scope="session")
def superuser(django_db_setup: None) -> Iterator[psycopg.Connection]:
    """A connection that may do what no role of the service may."""
    with psycopg.connect(os.environ["TEST_SUPERUSER_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def database(superuser: psycopg.Connection, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database as the service's runtime role sees it, empty."""
    empty_tables(superuser)
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def durable(superuser: psycopg.Connection, database: None) -> Iterator[None]:
    """A database that waits for its disk, as one must in production; that of the tests does not."""
    superuser.execute("ALTER SYSTEM SET fsync = on")
    superuser.execute("SELECT pg_reload_conf()")
    eventually(lambda: superuser.execute("SHOW fsync").fetchone() == ("on",))
    connection.close()  # The next one has read it too.
    yield
    superuser.execute("ALTER SYSTEM RESET fsync")
    superuser.execute("SELECT pg_reload_conf()")


@pytest.fixture
def acme(database: None) -> Client:
    """The tenant that a test is about, with a key of every scope."""
    return Client.of_new_tenant("Acme")


@pytest.fixture
def globex(database: None) -> Client:
    """Another tenant, with a key of every scope, who must see nothing of acme's."""
    return Client.of_new_tenant("Globex")


@pytest.fixture
def anonymous(database: None) -> Client:
    """A caller without a key."""
    return Client(None)
