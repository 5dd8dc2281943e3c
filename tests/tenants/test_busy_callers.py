"""A caller that sends many requests has some counted at once; no limit is passed, and a revoked key ends soon."""

from __future__ import annotations

from time import monotonic

import pytest
from pytest_django import Settings

from payouts_service.kit.clock import utc_now
from payouts_service.rate_limits.models import Window
from payouts_service.tenants import leases
from payouts_service.tenants.models import ApiKey
from tests.client import PAYOUTS, Client
from tests.concurrency import at_once
from tests.eventually import eventually
from tests.wire import overheard


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """So slow a machine that two requests in half a second are many."""
    monkeypatch.setattr(leases, "BUSY", 2)


def _asks(client: Client) -> bool:
    """Whether a request asks PostgreSQL who sends it: one that then finds nothing else to ask."""
    with overheard() as talk:
        client.get(f"{PAYOUTS}?unknown=filter")
    return talk.statements > 0


def test_its_next_requests_are_not_asked_about(acme: Client, busy: None) -> None:
    assert _asks(acme)

    eventually(lambda: not _asks(acme))


def test_few_requests_are_counted_one_by_one(acme: Client) -> None:
    assert all(_asks(acme) for _ in range(3))
    assert set(Window.objects.values_list("taken", flat=True)) == {3}


def test_a_revoked_key_ends_although_it_is_busy(acme: Client, busy: None) -> None:
    eventually(lambda: not _asks(acme))

    ApiKey.objects.update(revoked_at=utc_now())

    eventually(lambda: acme.get(PAYOUTS).status_code == 401)
    assert [acme.get(PAYOUTS).status_code for _ in range(5)] == [401] * 5


def test_another_key_of_the_same_address_gains_nothing(acme: Client, globex: Client, busy: None) -> None:
    eventually(lambda: not _asks(acme))

    assert _asks(globex)
    assert _asks(Client("psk_nonsense"))


def test_the_limit_is_never_passed(acme: Client, busy: None, settings: Settings) -> None:
    settings.KEY_REQUESTS_PER_MINUTE = 200
    ends_at = monotonic() + 50  # Within one window of a minute.

    def send_until_refused(_: int) -> int:
        passed, client = 0, Client(acme.key)
        while monotonic() < ends_at and client.get(f"{PAYOUTS}?unknown=filter").status_code != 429:
            passed += 1
        return passed

    assert sum(at_once(4, send_until_refused)) <= 200


def _told(client: Client) -> int:
    header = client.get(f"{PAYOUTS}?unknown=filter")["RateLimit"]
    return int(header.partition('"key";r=')[2].partition(";")[0])


def test_what_is_left_is_told_and_falls(acme: Client, busy: None) -> None:
    eventually(lambda: not _asks(acme))

    told = [_told(acme) for _ in range(20)]

    assert told == sorted(told, reverse=True)
    assert len(set(told)) == 20
