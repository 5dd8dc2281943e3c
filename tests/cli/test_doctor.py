"""`payouts doctor` names what is wrong and what to do, also before anything was started."""

from __future__ import annotations

import json
import os
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from payouts_service.audit.models import Verdict
from payouts_service.cli.doctor import servers
from payouts_service.environment import Environment
from payouts_service.kit.clock import utc_now
from payouts_service.tenants.models import Tenant
from tests.cli.terminal import process, run
from tests.client import Client
from tests.eventually import eventually
from tests.prose.markdown import ROOT
from tests.simulator_process import free_port

NOTHING_GIVEN = {f"{name.upper()}{ending}": "" for name in Environment.model_fields for ending in ("", "_FILE")}


def findings(**environment: str) -> dict[str, dict[str, Any]]:
    """What it finds on the tests' servers, by name."""
    outcome = run("doctor", "--port", str(free_port()), "--json", **environment)
    document = json.loads(outcome.stdout)
    assert outcome.exit_code == (0 if document["ok"] else 1)
    return {finding["name"]: finding for finding in document["findings"]}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, in which nothing was started yet."""
    shutil.copytree(ROOT / "src" / "payouts_service", tmp_path / "src" / "payouts_service")
    (tmp_path / ".local").mkdir()
    return tmp_path


def test_before_the_first_start_it_says_how_to_start(checkout: Path) -> None:
    outcome = process("doctor", "--port", str(free_port()), PYTHONPATH=str(checkout / "src"), **NOTHING_GIVEN)

    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stderr
    assert "fail settings    there are none" in outcome.stdout
    assert outcome.stdout.count("`make up`") == 2  # For the settings, and for the port where nobody listens.


def test_beside_a_stack_in_containers_it_says_where_to_ask(checkout: Path) -> None:
    (checkout / ".local" / "compose.env").touch()

    outcome = process("doctor", PYTHONPATH=str(checkout / "src"), **NOTHING_GIVEN)

    assert "exec web payouts doctor" in outcome.stdout


def test_beside_a_stack_without_containers_every_command_has_its_settings(checkout: Path, acme: Client) -> None:
    given = {name.upper(): os.environ.get(name.upper()) for name in Environment.model_fields}
    kept = "".join(f"{name}={value}\n" for name, value in given.items() if value)
    (checkout / ".local" / "settings.env").write_text(kept)

    outcome = process("keys", "list", "--tenant", "Acme", PYTHONPATH=str(checkout / "src"), **NOTHING_GIVEN)

    assert (outcome.returncode, "first key" in outcome.stdout) == (0, True)
    assert "With the settings of `make up`" in outcome.stderr


def test_a_wrong_setting_is_named_and_not_shown() -> None:
    outcome = process("doctor", DATABASE_URL="mysql://secret")

    assert "fail settings    DATABASE_URL: must start with postgresql://" in outcome.stdout
    assert "secret" not in outcome.stdout + outcome.stderr


def test_a_database_that_is_away_is_a_finding() -> None:
    url = f"postgresql://somebody@127.0.0.1:{free_port()}/payouts"

    outcome = process("doctor", "--port", str(free_port()), DATABASE_URL=url)

    assert (outcome.returncode, "Traceback" in outcome.stderr) == (1, False)
    assert "fail database    PostgreSQL at 127.0.0.1:" in outcome.stdout
    assert "migrations" not in outcome.stdout


def test_what_is_well_is_ok_and_what_does_not_run_is_named(acme: Client, durable: None) -> None:
    found = findings()

    fine = {name for name, finding in found.items() if finding["level"] == "ok"}
    assert fine == {
        "python",
        "disk",
        "connectors",
        "database",
        "durability",
        "migrations",
        "clock",
        "broker",
        "scheduler",
    }
    assert found["settings"]["says"].startswith("BENCHMARK")  # The tests' own: they pay by `instant` too.
    assert found["workers"]["level"] == "fail"
    assert "inquiries, payouts, rescue" in found["workers"]["says"]
    assert found["port"]["level"] == "warn"


def test_a_broker_that_is_away_is_a_finding() -> None:
    outcome = process("doctor", BROKER_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert "fail broker      it does not answer" in outcome.stdout


def test_a_database_that_may_lose_payouts_is_named(database: None, superuser: psycopg.Connection) -> None:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    try:
        for name in names:
            superuser.execute(f"ALTER SYSTEM SET {name} = off".encode())
        superuser.execute("SELECT pg_reload_conf()")
        eventually(lambda: all(f"{name} off" in findings()["durability"]["says"] for name in names))
        assert findings()["durability"]["level"] == "fail"
    finally:
        for name in names:
            superuser.execute(f"ALTER SYSTEM RESET {name}".encode())
        superuser.execute("SELECT pg_reload_conf()")


def test_a_redis_that_throws_hints_away_is_named(database: None) -> None:
    with redis.Redis.from_url(os.environ["BROKER_URL"]) as server:
        server.config_set("maxmemory-policy", "allkeys-lru")
        try:
            found = findings()["broker"]
        finally:
            server.config_set("maxmemory-policy", "noeviction")

    assert (found["level"], "allkeys-lru" in found["says"]) == ("warn", True)
    assert "noeviction" in found["advice"]


def test_a_port_that_others_hold_is_named(database: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)  # It listens, and answers nobody.
        outcome = run("doctor", "--port", str(server.getsockname()[1]))

    assert "something other than the service listens" in outcome.output


def test_missing_migrations_are_counted(database: None, superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE django_migrations SET app = 'gone' WHERE app = 'audit'")
    try:
        assert findings()["migrations"]["advice"] == "Run `payouts migrate`."
    finally:
        superuser.execute("UPDATE django_migrations SET app = 'audit' WHERE app = 'gone'")


def test_a_pause_and_a_silent_scheduler_are_told(acme: Client, durable: None) -> None:
    run("pause", "--connector", "simulator", "--reason", "Maintenance")
    Tenant.objects.update(created_at=utc_now() - timedelta(hours=3))

    found = findings()

    assert found["pause"]["advice"] == "Resume it: payouts resume --connector simulator"
    assert (found["scheduler"]["level"], "does not run" in found["scheduler"]["says"]) == ("fail", True)


def test_a_broken_promise_is_told(acme: Client, durable: None) -> None:
    Verdict.objects.create(invariant="one", broken=2, judged_at=utc_now())

    assert findings()["audit"]["advice"] == "See which: payouts audit"


@pytest.mark.parametrize(("seconds", "level"), [(0, "ok"), (1, "ok"), (-30, "warn"), (30, "warn"), (-3600, "fail")])
def test_clocks_that_differ_are_told(seconds: int, level: str) -> None:
    now = datetime.now(UTC)

    assert servers.clock(now, now + timedelta(seconds=seconds), now).level == level
