"""Whoever saw details in plain is in the feed, wherever the process that showed them died."""

from __future__ import annotations

import os
import signal

import pytest

from payouts_service.events.models import Event
from tests.client import Client, address
from tests.crashes.forked import in_a_process_that_dies


@pytest.mark.parametrize(("moment", "recorded"), [("before", 0), ("inside", 0), ("after", 1)])
def test_details_are_shown_to_nobody_before_the_event_is_kept(acme: Client, moment: str, recorded: int) -> None:
    payout = acme.create()
    path = f"{address(payout['id'])}?reveal=recipient_details"
    shown, screen = os.pipe()

    died = in_a_process_that_dies(lambda: os.write(screen, acme.get(path).content), at=f"reveal.{moment}")
    os.close(screen)

    assert died == -signal.SIGKILL
    with os.fdopen(shown, "rb") as read:
        assert read.read() == b""
    assert Event.objects.filter(type="payout.details_revealed").count() == recorded
    again = acme.get(path).content.decode()
    assert "DE89370400440532013000" in again
    assert Event.objects.filter(type="payout.details_revealed").count() == recorded + 1
    assert acme.read(payout["id"]) == payout
