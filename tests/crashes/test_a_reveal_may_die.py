"""Whoever saw details in plain is in the feed, wherever the process that showed them died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Final

import pytest

from payouts_service.events.models import Event
from tests.client import Client, address

# A web process, which kills itself when it reaches a moment of the step.
REVEAL: Final = """
import os
import signal
import sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "payouts_service.settings"
django.setup()
from payouts_service.payouts import steps
from tests.client import Client
key, path, crash_at = sys.argv[1:]
def strike(name, moment):
    if f"{name}.{moment}" == crash_at:
        os.kill(os.getpid(), signal.SIGKILL)
steps.watch(strike)
answer = Client(key).get(path, Host="localhost")
print(answer.content.decode())
"""


def reveal(client: Client, payout_id: str, crash_at: str) -> subprocess.CompletedProcess[str]:
    path = f"{address(payout_id)}?reveal=recipient_details"
    return subprocess.run(
        [sys.executable, "-c", REVEAL, str(client.key), path, crash_at],
        env={**os.environ, "PYTHONPATH": "src:."},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("moment", "recorded"), [("before", 0), ("inside", 0), ("after", 1)])
def test_details_are_shown_to_nobody_before_the_event_is_kept(acme: Client, moment: str, recorded: int) -> None:
    payout = acme.create()

    died = reveal(acme, payout["id"], f"reveal.{moment}")

    assert (died.returncode, died.stdout) == (-signal.SIGKILL, "")
    assert Event.objects.filter(type="payout.details_revealed").count() == recorded
    again = reveal(acme, payout["id"], "nowhere")
    assert "DE89370400440532013000" in again.stdout, again.stderr
    assert Event.objects.filter(type="payout.details_revealed").count() == recorded + 1
    assert acme.read(payout["id"]) == payout
