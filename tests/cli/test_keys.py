"""`payouts keys` does for every tenant what the API does for its own, and `payouts bootstrap` leaves an event too."""

from __future__ import annotations

import json

from payouts_service.events.models import Event
from tests.cli.terminal import run
from tests.client import PAYOUTS, Client


def test_a_key_is_made_listed_rotated_and_revoked(acme: Client) -> None:
    scopes = ("--scope", "payouts:read", "--scope", "events:read")
    key = json.loads(run("keys", "create", "--tenant", "Acme", "--name", "reports", *scopes, "--json").stdout)
    assert Client(key["secret"]).get(PAYOUTS).status_code == 200

    listed = run("keys", "list", "--tenant", "Acme").stdout
    assert key["id"] in listed
    assert key["secret"] not in listed

    outcome = run("keys", "rotate", key["id"], "--overlap-seconds", "0")
    assert Client(outcome.stdout.strip()).get(PAYOUTS).status_code == 200
    assert Client(key["secret"]).get(PAYOUTS).status_code == 401
    assert key["id"] in outcome.stderr

    assert run("keys", "revoke", key["id"]).stdout == f"{key['id']} is revoked.\n"
    assert Client(outcome.stdout.strip()).get(PAYOUTS).status_code == 401
    rows = json.loads(run("keys", "list", "--tenant", "Acme", "--json").stdout)["data"]
    assert [row["status"] for row in rows] == ["revoked", "active"]
    events = Event.objects.filter(object_type="api_key").order_by("sequence")
    assert [(event.type, event.actor_type) for event in events] == [
        ("key.created", "command"),
        ("key.rotated", "command"),
        ("key.revoked", "command"),
    ]


def test_an_expiry_is_given_in_days(acme: Client) -> None:
    options = ("--tenant", "Acme", "--name", "brief", "--scope", "payouts:read", "--expires-in-days", "7", "--json")

    assert json.loads(run("keys", "create", *options).stdout)["expires_at"] is not None


def test_what_cannot_be_done_is_told_in_a_sentence(acme: Client) -> None:
    nobody = run("keys", "list", "--tenant", "Nobody")
    assert (nobody.exit_code, nobody.stderr) == (1, "Error: There is no tenant of this name; use one of Acme.\n")
    for verb in ("rotate", "revoke"):
        outcome = run("keys", verb, "key_nonsense")
        assert (outcome.exit_code, outcome.stderr) == (1, "Error: There is no such key; check the id.\n")
    wrong = run("keys", "create", "--tenant", "Acme", "--name", " x", "--scope", "payouts:read")
    assert wrong.exit_code == 1
    assert wrong.stderr.startswith("Error: name: ")
    assert run("keys", "create", "--tenant", "Acme", "--name", "x", "--scope", "everything").exit_code == 2


def test_the_first_key_has_its_event(database: None) -> None:
    key = json.loads(run("bootstrap", "--tenant", "Acme", "--json").stdout)["key"]

    assert Client(key).get(PAYOUTS).status_code == 200
    [event] = Event.objects.all()
    assert (event.type, event.actor_type, event.data["name"]) == ("key.created", "command", "first key")
    again = json.loads(run("bootstrap", "--tenant", "Acme", "--if-missing", "--json").stdout)
    assert again == {"tenant": "Acme", "key": None}
    assert run("bootstrap", "--tenant", "Acme").stderr.startswith("Error: A tenant named Acme exists already;")
