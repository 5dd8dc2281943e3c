"""No process starts with settings that contradict one another: one sentence names those to change."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from payouts_service.environment import SettingsRefused, read_environment


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"CURRENCIES": "EUR,USD", "LIMITS": "EUR.payout=100,KZT.payout=9,KGS.tenant.day.count=5"},
            "LIMITS limits KGS, KZT, which CURRENCIES does not accept; accept it there, or take the limits in it out",
        ),
        ({"CONNECTORS": "manual", "DEFAULT_CONNECTOR": "simulator"}, "DEFAULT_CONNECTOR must be one of CONNECTORS"),
        (
            {"CONNECTORS": "simulator,instant", "BENCHMARK": "false"},
            "CONNECTORS may name `instant` only with BENCHMARK",
        ),
        ({"LEASE_SECONDS": "5", "SIMULATOR_TIMEOUT_SECONDS": "5"}, "SIMULATOR_TIMEOUT_SECONDS must be shorter"),
        ({"METRICS_PORT": "9100", "METRICS_DIR": ""}, "METRICS_PORT needs METRICS_DIR"),
    ],
    ids=["limits", "default-connector", "instant", "lease", "metrics-port"],
)
def test_two_that_contradict_are_refused_by_name(
    given: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SettingsRefused, match=f"^settings: {sentence}"):
        read_environment()


def test_limits_in_accepted_currencies_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCIES", "EUR,KGS")
    monkeypatch.setenv("LIMITS", "EUR.payout=100,KGS.tenant.day.count=5")

    assert read_environment().limits == "EUR.payout=100,KGS.tenant.day.count=5"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"CURRENCIES": "EUR", "LIMITS": "KGS.payout=100"}, "settings: LIMITS limits KGS"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: "),
    ],
    ids=["limits", "log-level"],
)
def test_the_web_process_ends_over_wrong_ones_and_says_so_once(wrong: dict[str, str], sentence: str) -> None:
    command = [sys.executable, "-m", "gunicorn", "-c", "python:payouts_service.gunicorn_conf", "--bind", "127.0.0.1:0"]
    ended = subprocess.run(
        [*command, "payouts_service.wsgi:application"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **wrong},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.count(f"payouts: these settings are wrong:\n{sentence}") == 1
