from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from payouts_service.kit import ids
from payouts_service.tenants.models import Tenant
from tests.brokers import broker_of_this_run
from tests.client import Client
from tests.journeys.stack import whole_stack
from tests.prose.walk import Shell
from tests.simulator_process import free_port
from tests.tables import empty_tables

SECRET = "a secret that proves whose callbacks these are"


@pytest.fixture(scope="module")
def service(
    superuser: psycopg.Connection, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A whole stack for all pages of a file, which take some seconds to start."""
    empty_tables(superuser)
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as environment,
        broker_of_this_run() as broker,
    ):
        environment.setenv("SIMULATOR_CALLBACK_SECRET", SECRET)
        environment.setenv("SIMULATOR_URL", f"http://127.0.0.1:{free_port()}")
        environment.setenv("BROKER_URL", broker.url)
        with whole_stack(tmp_path_factory.mktemp("stack"), broker.url) as url:
            yield url


@pytest.fixture
def shell(service: str, tmp_path: Path) -> Iterator[Shell]:
    """A shell in a checkout after `make up`, with a tenant `local` of the page's own."""
    Tenant.objects.filter(name="local").update(name=f"local of a page before, {ids.new_id()}")
    key = Client.of_new_tenant("local").key
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "env").write_text(f"export PAYOUTS_URL={service}\nexport PAYOUTS_API_KEY={key}\n")
    with Shell(tmp_path, {}) as shell:
        yield shell
