"""`payouts create`, `show`, `list` and `settle` do at the terminal what the API does, as the person who types."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from payouts_service import cli
from payouts_service.cli.embedded.commands import local
from payouts_service.events.models import Event
from payouts_service.payouts import engine
from tests.cli.terminal import run, told
from tests.client import Client
from tests.simulator_process import SimulatorProcess

COMMANDS: Final = sorted(Path(cli.__file__).parent.rglob("*.py"))
ASKED = ("create", "--tenant", "Acme", "--amount", "20.00", "--currency", "EUR", "--to", "Card ****1234")


def test_a_key_makes_one_payout(acme: Client) -> None:
    first, second = (told(*ASKED, "--idempotency-key", "invoice-42") for _ in range(2))

    assert first["id"] == second["id"]
    assert acme.read(first["id"])["recipient_details"] == {"kind": "text", "text": "Card •••• 1234"}
    assert Event.objects.get(type="payout.created").actor_type == "command"


def test_without_a_key_one_is_made_up_and_told(acme: Client) -> None:
    outcome = run(*ASKED)

    assert "add --idempotency-key cli-" in outcome.stderr
    key = outcome.stderr.split()[-1]
    assert told(*ASKED, "--idempotency-key", key)["id"] == outcome.stdout.split()[0]


def test_details_may_come_from_standard_input(acme: Client) -> None:
    details = {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"}

    outcome = run(*ASKED[:-1], "-", "--json", text=json.dumps(details))

    assert json.loads(outcome.stdout)["recipient_details"]["iban"] == "DE89 •••• 3000"


def test_what_the_api_refuses_is_refused_in_one_sentence(acme: Client) -> None:
    for arguments, word in (
        ((*ASKED[:4], "-1", *ASKED[5:]), "amount"),
        ((*ASKED[:-1], "{nothing"), "--to"),
        ((*ASKED, "--scheduled-for", "tomorrow"), "scheduled_for"),
        (("show", "po_nonsense"), "There is no such payout"),
        (("settle", "po_nonsense", "processing"), "There is no such payout"),
        (("list", "--tenant", "Nobody"), "There is no tenant"),
    ):
        outcome = run(*arguments)
        assert outcome.exit_code == 1, arguments
        assert word in outcome.stderr.splitlines()[-1]


def test_a_list_is_the_tenants_own_and_narrowed_by_status(acme: Client, globex: Client) -> None:
    mine, other = acme.create(connector="manual")["id"], globex.create(connector="manual")["id"]
    canceled = acme.create(connector="manual")["id"]
    acme.post(f"/api/payouts/{canceled}/cancel/", {"reason": "Ordered twice"})

    listed = run("list", "--tenant", "Acme").stdout
    assert [line.split()[0] for line in listed.splitlines()] == ["id", canceled, mine]
    assert other not in listed
    assert "failed (canceled)" in listed
    assert [row["id"] for row in told("list", "--tenant", "Acme", "--status", "created")["data"]] == [mine]


def test_a_person_settles_an_unknown_outcome_and_their_name_is_kept(acme: Client, simulator: SimulatorProcess) -> None:
    payout = acme.create(metadata={"simulator": "error_for_ever:hide:86400"})["id"]
    engine.pay_ready("simulator", budget_seconds=20)
    assert acme.read(payout)["progress"] == "unknown"

    outcome = run("settle", payout, "completed", text="The bank shows it\nbank_statement\nEntry 0042\n")

    assert outcome.exit_code == 0, outcome.output
    shown = told("show", payout)
    [attempt] = shown["attempts"]
    assert (shown["payout"]["status"], shown["explanation"]["status"]) == ("completed", "completed")
    assert (attempt["decision"]["reason"], attempt["decision"]["evidence_text"]) == ("The bank shows it", "Entry 0042")
    assert attempt["decision"]["actor"]["type"] == "command"
    assert "completed" in run("show", payout).stdout


def test_a_payout_for_people_is_taken_and_ended(acme: Client) -> None:
    payout = acme.create(connector="manual")["id"]
    evidence = ("--reason", "Closed", "--evidence-kind", "other", "--evidence", "Letter 7")

    assert run("settle", payout, "completed", *evidence).exit_code == 1
    assert told("settle", payout, "processing")["progress"] == "in_flight"
    failed = told("settle", payout, "failed", *evidence, "--failure-code", "recipient_account_closed")
    assert failed["failure"]["code"] == "recipient_account_closed"


@pytest.mark.parametrize("typed", ["", "The bank shows it\nno such kind\n"])
def test_where_nobody_answers_nothing_is_settled_and_the_options_are_named(acme: Client, typed: str) -> None:
    payout = acme.create(connector="manual")["id"]
    told("settle", payout, "processing")

    outcome = run("settle", payout, "completed", text=typed)

    assert outcome.exit_code == 2
    assert outcome.stderr.endswith("Error: Nobody answers here; give --reason, --evidence-kind and --evidence.\n"), (
        outcome.stderr
    )
    assert acme.read(payout)["status"] == "processing"


def test_the_stacks_data_are_not_removed_where_nobody_answers_or_somebody_says_no() -> None:
    for typed, code, said in (("", 2, "Nobody answers here; give YES=1."), ("n\n", 1, "Aborted!")):
        outcome = CliRunner().invoke(local, ["clean"], input=typed)

        assert outcome.exit_code == code
        assert said in outcome.stderr
        assert "Removed" not in outcome.stdout


def test_no_command_asks_in_another_way() -> None:
    asking = {file.name for file in COMMANDS if re.search(r"click\.(?:prompt|confirm)", file.read_text())}

    assert asking == {"asking.py"}
