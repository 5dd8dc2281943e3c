"""What the tests of growth share: one history for all of them, because it takes seconds to make."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from bench.growth import fill
from payouts_service.tenants.models import Tenant
from tests.eventually import eventually
from tests.growth.history import FINISHED, History, add_live_work, add_tenants
from tests.tables import empty_tables

AT_WORK: Final = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type LIKE 'autovacuum%')"


@pytest.fixture(scope="module", params=["old statistics", "new statistics"])
def history(
    request: pytest.FixtureRequest, superuser: psycopg.Connection, django_db_blocker: DjangoDbBlocker
) -> Iterator[History]:
    """Made once for each kind of statistics; tests take their work from it, and there is enough for all of them.

    PostgreSQL's statistics are those of the finished payouts, as after a burst, and of tenants that fill one page or
    two: then the planner begins a join where it believes the fewest rows to be. Or they are of all that is there, as
    when a backlog has lasted: then it believes that any walk soon meets a row of those many. So autovacuum, which would
    bring newer ones on a slow machine, is off, and none of its processes is still at work; and what tests before left
    in the tables' files and statistics is cleared away.
    """
    empty_tables(superuser)
    superuser.execute("ALTER SYSTEM SET autovacuum = off")
    superuser.execute("SELECT pg_reload_conf()")
    eventually(lambda: superuser.execute(AT_WORK).fetchone() == (False,))
    superuser.execute("VACUUM ANALYZE")
    fill(os.environ["TEST_SUPERUSER_URL"], FINISHED)
    with django_db_blocker.unblock():
        made = add_live_work(Tenant.objects.get(name="growth"))
        add_tenants()
        superuser.execute("ANALYZE" if request.param == "new statistics" else "ANALYZE tenants_tenant")
        with connection.cursor() as cursor:
            # What a page costs on a disk without moving parts; else PostgreSQL reads these small tables as a whole
            # where it would never read large ones.
            cursor.execute("SET random_page_cost = 1.1")
        yield made
        connection.close()
    superuser.execute("ALTER SYSTEM RESET autovacuum")
    superuser.execute("SELECT pg_reload_conf()")
    empty_tables(superuser)
    superuser.execute("VACUUM ANALYZE")
