"""The first person of the console, whose password `.local/console` keeps."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from payouts_service.cli.embedded.first_key import TENANT
from payouts_service.cli.embedded.kept_settings import write_private
from payouts_service.cli.embedded.places import bin_folder
from payouts_service.cli.embedded.refusal import StackRefused

EMAIL: Final = "admin@localhost"


def keep(file: Path, environment: Mapping[str, str]) -> None:
    """Where the tenant of `make up` has no such admin, make one and write their password to that file.

    One who is there stays, with the password that they may have changed by now. Raises StackRefused.
    """
    people = _payouts(environment, "list")["data"]
    if any(person["email"] == EMAIL for person in people):
        return
    made = _payouts(environment, "create", "--email", EMAIL, "--name", "Admin", "--role", "admin", "--runs-service")
    write_private(file, f"E-mail:   {EMAIL}\nPassword: {made['password']}\n")


def _payouts(environment: Mapping[str, str], verb: str, *more: str) -> dict[str, Any]:
    outcome = subprocess.run(  # Our own command, no shell.
        [bin_folder() / "payouts", "people", verb, "--tenant", TENANT, *more, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode != 0:
        raise StackRefused(f"`payouts people {verb}` failed: {outcome.stderr.strip()}")
    answer: dict[str, Any] = json.loads(outcome.stdout)
    return answer
