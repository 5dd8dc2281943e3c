"""`payouts people` says who may sign in, for every tenant, and shows a password once."""

from __future__ import annotations

import json

from payouts_service.events.models import Event
from payouts_service.kit.clock import utc_now
from payouts_service.people import signing_in
from payouts_service.people.signing_in import WrongCredentials
from tests.cli.terminal import run, told
from tests.client import Client

ADA = ("--email", "ada@example.com")


def signs_in(password: str) -> bool:
    try:
        signing_in.sign_in("ada@example.com", password, {"REMOTE_ADDR": "192.0.2.1"}, at=utc_now())
    except WrongCredentials:
        return False
    return True


def test_a_person_is_made_listed_let_in_elsewhere_and_shut_out(acme: Client, globex: Client) -> None:
    made = run("people", "create", "--tenant", "Acme", *ADA, "--name", "Ada", "--role", "operator")
    password = made.stdout.strip()
    assert "cannot be shown again" in made.stderr
    assert signs_in(password)
    listed = run("people", "list", "--tenant", "Acme").stdout
    assert "ada@example.com" in listed
    assert password not in listed

    joined = told("people", "join", "--tenant", "Globex", *ADA, "--role", "admin", "--runs-service")
    assert (joined["role"], joined["runs_service"]) == ("admin", True)
    for tenant in ("Acme", "Globex"):
        assert run("people", "deactivate", "--tenant", tenant, *ADA).exit_code == 0
    assert not signs_in(password)
    assert [row["active"] for row in told("people", "list", "--tenant", "Acme")["data"]] == [False]
    actors = Event.objects.filter(object_type="member").values_list("actor_type", flat=True)
    assert set(actors) == {"command"}


def test_a_password_is_set_anew_or_given(acme: Client) -> None:
    given = "correct horse battery staple"
    create = ("people", "create", "--tenant", "Acme", *ADA, "--name", "Ada", "--role", "auditor")
    made = run(*create, "--password-stdin", "--json", text=f"{given}\n")
    assert json.loads(made.stdout)["password"] is None
    assert signs_in(given)

    another = told("people", "set-password", *ADA)["password"]

    assert signs_in(another)
    assert not signs_in(given)


def test_what_is_wrong_is_one_sentence(acme: Client) -> None:
    create = ("people", "create", "--tenant", "Acme", "--name", "Ada", "--role", "auditor")
    refusals = [
        run(*create, "--email", "ada"),
        run(*create, *ADA, "--password-stdin", text="short\n"),
        run("people", "set-password", *ADA),
        run("people", "deactivate", "--tenant", "Acme", *ADA),
    ]

    assert {refused.exit_code for refused in refusals} == {1}
    assert all(refused.stderr.count("\n") == 1 for refused in refusals)
