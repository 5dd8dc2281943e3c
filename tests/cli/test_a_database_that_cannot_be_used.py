"""Whatever ails the database, each command says it in one sentence with what to do, and ends with exit code 1."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Final

import pytest
from django.db import connection

from payouts_service.cli import main
from tests.cli.terminal import run

PAYOUT: Final = "po_01kb13xf24e8pvmbk1n6wq3zd7"
KEY: Final = "key_01kb13tc1mfg4v3x2xv5pn2a4r"
MONEY: Final = "--tenant Acme --currency EUR --amount 1.00"
PERSON: Final = "--tenant Acme --email ada@example.com"
COMMANDS: Final = (
    "accounts --tenant Acme",
    "accounts set-policy --tenant Acme --currency EUR --unlimited",
    f"adjust {MONEY} --external-id x --reason Wrong",
    "audit --no-simulator",
    "audit --changes",
    "bootstrap",
    "connectors",
    f"create {MONEY} --to Card",
    "demo",
    "erase --older-than 400d",
    f"explain {PAYOUT}",
    "keys list --tenant Acme",
    "keys create --tenant Acme --name x --scope payouts:read",
    f"keys rotate {KEY}",
    f"keys revoke {KEY}",
    "limits --tenant Acme",
    "limits --release",
    "list --tenant Acme",
    "migrate",
    "pause --tenant Acme --reason Fraud",
    "pause --connector simulator --reason Maintenance",
    "people list --tenant Acme",
    f"people create {PERSON} --name Ada --role admin",
    f"people join {PERSON} --role admin",
    f"people deactivate {PERSON}",
    "people set-password --email ada@example.com",
    "replay-callbacks",
    "reseal",
    "resume --tenant Acme",
    f"settle {PAYOUT} processing",
    f"show {PAYOUT}",
    f"top-up {MONEY}",
    "watch",
)
WITHOUT_A_DATABASE: Final = {"completion", "openapi", "reference"}
LOOKS_ITSELF: Final = {"doctor"}  # Its own lines say what it found.
ELSEWHERE: Final = {"away": ("PORT", "1"), "missing": ("NAME", "nowhere"), "unmigrated": ("NAME", "postgres")}


@pytest.fixture(params=ELSEWHERE)
def ailment(request: pytest.FixtureRequest, database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What ails the database while commands look at it."""
    connection.close()
    monkeypatch.delenv("MIGRATION_DATABASE_URL", raising=False)
    monkeypatch.setattr("django.conf.settings.MIGRATION_DATABASE_URL", None)
    kept = deepcopy(connection.settings_dict)
    name, value = ELSEWHERE[request.param]
    connection.settings_dict[name] = value
    yield request.param
    connection.close()
    connection.settings_dict.update(kept)


def test_no_command_is_forgotten() -> None:
    assert {line.split()[0] for line in COMMANDS} | WITHOUT_A_DATABASE | LOOKS_ITSELF == main.commands.keys()


def test_each_command_says_what_to_do(ailment: str) -> None:
    for command in COMMANDS:
        if (command, ailment) == ("migrate", "unmigrated"):
            continue  # Is what would mend it.
        outcome = run(*command.split(), "--json")

        assert (outcome.exit_code, outcome.stdout) == (1, ""), (command, outcome.output)
        said = outcome.stderr.splitlines()[-1]
        if ailment == "unmigrated":
            assert said.startswith("Error: the database refused: relation "), command
            assert said.endswith(" does not exist. Run `payouts migrate`, as the owner of the tables."), command
        else:
            assert said.startswith("Error: PostgreSQL cannot be used: "), command
            assert said.endswith(". Start it, or correct DATABASE_URL."), command
