"""The first person of the console, whose password `.local/console` keeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from payouts_service.cli.embedded.first_key import TENANT
from payouts_service.cli.embedded.kept_settings import write_private
from payouts_service.cli.embedded.own_command import answer_of

EMAIL: Final = "admin@localhost"


def keep(file: Path, environment: Mapping[str, str]) -> None:
    """Where the tenant of `make up` has no such admin, make one and write their password to that file.

    One who is there stays, with the password that they may have changed by now. Raises StackRefused.
    """
    people = answer_of(environment, "people", "list", "--tenant", TENANT)["data"]
    if any(person["email"] == EMAIL for person in people):
        return
    admin = ("--email", EMAIL, "--name", "Admin", "--role", "admin", "--runs-service")
    made = answer_of(environment, "people", "create", "--tenant", TENANT, *admin)
    write_private(file, f"E-mail:   {EMAIL}\nPassword: {made['password']}\n")
