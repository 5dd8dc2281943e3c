"""`make up RUNTIME=compose` takes up a stack whose settings an earlier release made, which kept less in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

SCRIPT: Final = Path(__file__).resolve().parents[2] / "deploy/compose/run.sh"
# Stands for the engine, and for the service inside: it writes down what it was asked and says what they would.
ENGINE: Final = """#!/bin/bash
printf '%s\\n' "$*" >>"$ASKED"
case "$*" in
  *"port web 8000"*) echo "127.0.0.1:$PORT" ;;
  *"port simulator 8099"*) echo "127.0.0.1:$SIMULATOR_PORT" ;;
  *"payouts bootstrap"*) echo '{"tenant": "local", "key": "a-key"}' ;;
  *"people list"*) printf '{"data": [%s]}\\n' "$PEOPLE" ;;
  *"people create"*) [[ -z $PEOPLE ]] && echo '{"email": "admin@localhost", "password": "the-first"}' ;;
  *"people set-password"*) [[ -n $PEOPLE ]] && echo '{"email": "admin@localhost", "password": "another"}' ;;
esac
"""
ADMIN: Final = '{"name": "Admin", "email": "admin@localhost", "active": true}'


def up(checkout: Path, *, people: str) -> subprocess.CompletedProcess[str]:
    """`make up`, where these people are in the database."""
    engine = checkout / "bin" / "docker"
    engine.parent.mkdir(exist_ok=True)
    engine.write_text(ENGINE)
    engine.chmod(0o755)
    script = checkout / "deploy/compose/run.sh"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(SCRIPT, script)
    given = {"PATH": f"{engine.parent}:{os.environ['PATH']}", "ASKED": str(checkout / "asked"), "PEOPLE": people}
    return subprocess.run(["/bin/bash", script, "up"], env=given, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("people", "password"), [("", "the-first"), (ADMIN, "another")], ids=["new", "kept"])
def test_the_password_of_the_first_person_is_kept(tmp_path: Path, people: str, password: str) -> None:
    (tmp_path / ".local").mkdir()
    settings = tmp_path / ".local/compose.env"
    settings.write_text("RECIPIENT_INDEX_KEY=x\nPAYOUTS_API_KEY=a-key\n")

    first, second = (up(tmp_path, people=people) for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert settings.read_text().count(f"CONSOLE_PASSWORD={password}\n") == 1
    assert (tmp_path / ".local/console").read_text() == f"E-mail:   admin@localhost\nPassword: {password}\n"
    asked = (tmp_path / "asked").read_text()
    assert asked.count("people create") + asked.count("people set-password") == 1, "a kept password is not changed"
