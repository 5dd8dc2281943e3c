from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from payouts_service.cli.embedded import programs
from payouts_service.cli.embedded.kept_settings import Settings, make_settings, port_of
from payouts_service.cli.embedded.places import Places
from payouts_service.cli.embedded.supervision import Supervisor
from payouts_service.cli.embedded.waiting import postgres_answers, redis_answers, wait_until


@pytest.fixture(scope="module")
def settings(places: Places, no_settings_given: None) -> Settings:
    return make_settings(places.local / "settings.env", places.local)


@pytest.fixture(scope="module")
def supervisor(places: Places, settings: Settings) -> Iterator[Supervisor]:
    supervisor = Supervisor(places)
    start(supervisor, settings)
    yield supervisor
    supervisor.stop()


def start(supervisor: Supervisor, settings: Settings) -> None:
    supervisor.start(programs.servers(supervisor.places, settings), settings.environment)
    owner = settings.kept["MIGRATION_DATABASE_URL"]
    wait_until(lambda: postgres_answers(owner), seconds=60, otherwise="PostgreSQL did not start")
    broker = port_of(settings.kept["BROKER_URL"])
    wait_until(lambda: redis_answers(broker), seconds=60, otherwise="Redis did not start")


def pid_of(supervisor: Supervisor, name: str) -> int:
    return supervisor.processes()[name].pid


def write(settings: Settings) -> None:
    with psycopg.connect(settings.kept["MIGRATION_DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (answer int)")
        connection.execute("TRUNCATE kept")
        connection.execute("INSERT INTO kept VALUES (42)")


def read(settings: Settings) -> object:
    with psycopg.connect(settings.kept["MIGRATION_DATABASE_URL"]) as connection:
        return connection.execute("SELECT answer FROM kept").fetchone()


def test_postgresql_comes_back_after_kill_9_with_its_data(supervisor: Supervisor, settings: Settings) -> None:
    write(settings)
    with psycopg.connect(settings.kept["MIGRATION_DATABASE_URL"]):  # A backend that outlives its postmaster a moment.
        killed = pid_of(supervisor, "postgres")
        os.kill(killed, signal.SIGKILL)
    wait_until(
        lambda: (
            pid_of(supervisor, "postgres") not in {0, killed}
            and postgres_answers(settings.kept["MIGRATION_DATABASE_URL"])
        ),
        seconds=60,
        otherwise="PostgreSQL did not come back",
    )
    assert read(settings) == (42,)


def test_redis_comes_back_after_kill_9(supervisor: Supervisor, settings: Settings) -> None:
    killed = pid_of(supervisor, "redis")
    os.kill(killed, signal.SIGKILL)
    broker = port_of(settings.kept["BROKER_URL"])
    wait_until(
        lambda: pid_of(supervisor, "redis") not in {0, killed} and redis_answers(broker),
        seconds=60,
        otherwise="Redis did not come back",
    )


def test_data_survive_a_stop_and_a_start(supervisor: Supervisor, settings: Settings) -> None:
    write(settings)
    supervisor.stop()
    assert not postgres_answers(settings.kept["DATABASE_URL"])
    start(supervisor, settings)
    assert read(settings) == (42,)


def test_the_runtime_role_changes_neither_roles_nor_databases_nor_tables(
    supervisor: Supervisor, settings: Settings
) -> None:
    statements = ("CREATE ROLE one", "CREATE DATABASE one", "CREATE TABLE one ()", "CREATE SCHEMA one")
    with psycopg.connect(settings.kept["DATABASE_URL"], autocommit=True) as connection:
        for statement in statements:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_the_superuser_cannot_log_in(supervisor: Supervisor, settings: Settings) -> None:
    url = settings.kept["DATABASE_URL"].replace("payouts_runtime:", "postgres:")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_no_secret_shows_in_a_command_line_or_a_log(supervisor: Supervisor, settings: Settings, places: Places) -> None:
    secrets = [settings.kept[name] for name in ("SECRET_KEY", "SEALING_KEYS", "API_KEY_PEPPER")]
    secrets += [settings.kept[name].split("@")[0].rsplit(":", 1)[1] for name in ("DATABASE_URL", "BROKER_URL")]
    shown = "".join(Path(f"/proc/{pid_of(supervisor, name)}/cmdline").read_text() for name in ("postgres", "redis"))
    shown += (places.local / "supervisord.conf").read_text()
    shown += "".join(log.read_text() for log in places.logs.glob("*.log"))
    assert [secret for secret in secrets if secret in shown] == []


def test_the_servers_see_none_of_the_services_secrets(supervisor: Supervisor, settings: Settings) -> None:
    for name in ("postgres", "redis"):
        environment = Path(f"/proc/{pid_of(supervisor, name)}/environ").read_bytes()
        assert b"SECRET_KEY" not in environment
