"""The API key that `. .local/env` gives to the README's examples."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from payouts_service.cli.embedded.kept_settings import write_private
from payouts_service.cli.embedded.own_command import answer_of
from payouts_service.cli.embedded.waiting import http_status

TENANT = "local"


def keep(file: Path, port: int, environment: Mapping[str, str]) -> None:
    """Write the service's address and a key that works to that file; the key it holds stays while it works.

    Raises StackRefused.
    """
    key = _key_in(file)
    if key is None or not _works(key, port):
        key = _new_key(environment)
    write_private(
        file,
        f"export PAYOUTS_URL=http://127.0.0.1:{port}\nexport PAYOUTS_API_KEY={shlex.quote(key)}\n",
    )


def _key_in(file: Path) -> str | None:
    for line in file.read_text().splitlines() if file.exists() else ():
        words = shlex.split(line)
        if words[:1] == ["export"] and words[1].startswith("PAYOUTS_API_KEY="):
            return words[1].partition("=")[2]
    return None


def _works(key: str, port: int) -> bool:
    return http_status(port, "/api/payouts/?limit=1", {"Authorization": f"Bearer {key}"}) == 200  # noqa: PLR2004  # HTTP's OK.


def _new_key(environment: Mapping[str, str]) -> str:
    return str(answer_of(environment, "bootstrap", "--tenant", TENANT, "--new-key", "--operator")["key"])
