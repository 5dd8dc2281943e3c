"""The service's own command, run beside us with the stack's settings."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from payouts_service.cli.embedded.places import bin_folder
from payouts_service.cli.embedded.refusal import StackRefused


def answer_of(environment: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    """What ``payouts`` answers to these words with ``--json``. Raises StackRefused where it fails."""
    outcome = subprocess.run(  # Our own command, no shell.
        [bin_folder() / "payouts", *arguments, "--json"], env=environment, capture_output=True, text=True, check=False
    )
    if outcome.returncode != 0:
        raise StackRefused(f"`payouts {' '.join(arguments)}` failed: {outcome.stderr.strip()}")
    answer: dict[str, Any] = json.loads(outcome.stdout)
    return answer
