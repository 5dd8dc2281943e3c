"""What happened is true whoever hears of it: a subscriber that fails reaches neither the caller nor the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from pytest_django import Settings

from payouts_service.events import log
from payouts_service.events.log import Fact
from payouts_service.subscriptions import SUBSCRIPTIONS
from tests.client import Client

heard: list[str] = []


def fail(_: Sequence[Fact]) -> None:
    """A subscriber with a fault."""
    raise LookupError("a fault of the subscriber's")


def hear(facts: Sequence[Fact]) -> None:
    """A subscriber after it."""
    heard.extend(fact.data["id"] for fact in facts)


WITH_A_FAULT = {**SUBSCRIPTIONS, "payout.created": (fail, hear), "payout.updated": (fail, hear)}


@pytest.fixture
def faulty(settings: Settings) -> Iterator[None]:
    settings.EVENT_SUBSCRIPTIONS = f"{__name__}.WITH_A_FAULT"
    log._subscriptions.cache_clear()  # noqa: SLF001 - a process reads the setting once.
    heard.clear()
    yield
    log._subscriptions.cache_clear()  # noqa: SLF001 - as above.


def test_the_caller_is_answered_and_the_next_subscriber_hears(
    acme: Client, faulty: None, caplog: pytest.LogCaptureFixture
) -> None:
    made = acme.create()  # One statement, which commits by itself,
    acme.json(acme.patch(f"/api/payouts/{made['id']}/", {"comment": "Late"}))  # and a transaction.

    assert heard == [made["id"]] * 2
    assert caplog.text.count("Error calling fail in on_commit") == 2
