from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from payouts_service.cli.embedded.kept_settings import make_settings, port_of, read_settings
from payouts_service.environment import read_environment

pytestmark = pytest.mark.usefixtures("no_settings_given")


def test_a_second_start_keeps_every_setting(tmp_path: Path) -> None:
    first = make_settings(tmp_path / "settings.env", tmp_path)
    assert make_settings(tmp_path / "settings.env", tmp_path).kept == first.kept


def test_two_checkouts_share_no_secret(tmp_path: Path) -> None:
    one, other = (make_settings(tmp_path / name, tmp_path).kept for name in ("one", "other"))
    shared = {name for name in one if one[name] == other[name]}
    assert shared == {"METRICS_DIR"}


def test_nobody_else_reads_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    make_settings(file, tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_service_accepts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in make_settings(tmp_path / "settings.env", tmp_path).kept.items():
        monkeypatch.setenv(name, value)
    assert read_environment().migration_database_url is not None


def test_a_port_taken_meanwhile_is_replaced_and_the_password_stays(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    before = make_settings(file, tmp_path).kept
    taken = port_of(before["DATABASE_URL"])
    with socket.create_server(("127.0.0.1", taken)):
        after = make_settings(file, tmp_path).kept
    assert port_of(after["DATABASE_URL"]) == port_of(after["MIGRATION_DATABASE_URL"]) != taken
    assert after["DATABASE_URL"].replace(str(port_of(after["DATABASE_URL"])), str(taken)) == before["DATABASE_URL"]
    assert after["BROKER_URL"] == before["BROKER_URL"]


def test_settings_of_the_user_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_settings(tmp_path / "settings.env", tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db.example/payouts")
    settings = read_settings(tmp_path / "settings.env")
    assert settings is not None
    assert settings.environment["DATABASE_URL"] == "postgresql://me@db.example/payouts"
    assert not settings.embeds_postgres
    assert settings.embeds_redis


def test_the_migrations_follow_the_database_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_settings(tmp_path / "settings.env", tmp_path)
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database-url")
    settings = read_settings(tmp_path / "settings.env")
    assert settings is not None
    assert "DATABASE_URL" not in settings.environment
    assert "MIGRATION_DATABASE_URL" not in settings.environment
    assert not settings.embeds_postgres


def test_an_empty_variable_counts_as_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "")
    assert make_settings(tmp_path / "settings.env", tmp_path).embeds_redis
