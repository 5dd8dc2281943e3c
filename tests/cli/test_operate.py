"""`payouts connectors`, `pause`, `resume` and `explain` do on the command line what the API does."""

from __future__ import annotations

import json

from tests.cli.terminal import run
from tests.client import Client


def test_a_connector_is_paused_listed_and_resumed(acme: Client) -> None:
    assert run("pause", "--connector", "simulator", "--reason", "Maintenance").stdout == "simulator is paused.\n"

    assert acme.create()["waiting_for"] == ["paused"]
    assert "paused" in run("connectors").stdout
    [row] = [row for row in json.loads(run("connectors", "--json").stdout)["data"] if row["name"] == "simulator"]
    assert row["paused"]["by"].startswith("command ")
    assert run("resume", "--connector", "simulator").stdout == "simulator is not paused.\n"
    assert acme.create()["waiting_for"] == []


def test_a_tenant_is_paused_and_resumed(acme: Client) -> None:
    shown = json.loads(run("pause", "--tenant", "Acme", "--reason", "Fraud", "--json").stdout)
    assert shown["paused"]["reason"] == "Fraud"
    assert acme.create()["waiting_for"] == ["paused"]
    assert run("resume", "--tenant", "Acme").exit_code == 0
    assert acme.create()["waiting_for"] == []


def test_a_payout_is_explained_in_both_languages(acme: Client) -> None:
    payout = acme.create(connector="manual")

    english, russian = run("explain", payout["id"]), run("explain", payout["id"], "--language", "ru")

    assert english.stdout.startswith(f"{payout['id']} created\n")
    assert "person" in english.stdout
    assert "человек" in russian.stdout.lower()
    told = json.loads(run("explain", payout["id"], "--json").stdout)
    assert told == acme.json(acme.get(f"/api/payouts/{payout['id']}/explain/"))


def test_what_does_not_exist_is_refused_in_one_sentence(database: None) -> None:
    for arguments in (
        ("explain", "po_nonsense"),
        ("pause", "--connector", "nobody", "--reason", "x"),
        ("resume", "--connector", "nobody"),
        ("pause", "--tenant", "Nobody", "--reason", "x"),
    ):
        outcome = run(*arguments)
        assert outcome.exit_code == 1
        assert outcome.stderr.startswith("Error: There is no such") or "There is no tenant" in outcome.stderr
        assert "nobody" not in arguments or "use one of simulator, " in outcome.stderr
    assert run("pause", "--reason", "x").exit_code == 2


def test_a_reason_is_checked_as_the_api_checks_it(database: None) -> None:
    outcome = run("pause", "--connector", "simulator", "--reason", "4242424242424242")

    assert outcome.exit_code == 1
    assert outcome.stderr.startswith("Error: reason: ")


def test_the_help_shows_examples_as_they_are_typed(database: None) -> None:
    told = run("pause", "--help").stdout

    assert '\n    payouts pause --tenant Acme --reason "Fraud is looked into"\n' in told
