"""Wherever an operator's command dies, what it had done whole stays done, and another run does the rest."""

from __future__ import annotations

import signal

import psycopg
import pytest
from django.conf import settings
from django.test import override_settings

from payouts_service.events.models import Event
from payouts_service.payouts.models import Payout, TenantLimit
from payouts_service.payouts.steps import OF_COMMANDS
from payouts_service.recipients.sealing import sealing_key_id
from tests.audit.stories import broken
from tests.cli.terminal import run
from tests.client import Client, address
from tests.crashes.forked import in_a_process_that_dies
from tests.ledger.money import balances

NEW = bytes(range(32, 64))
MOMENTS = ("before", "inside", "after")


def dies(*arguments: str, at: str) -> bool:
    """Whether the command was killed there."""
    return in_a_process_that_dies(lambda: run(*arguments), at=at) == -signal.SIGKILL


def test_every_step_of_a_command_has_its_story_here() -> None:
    assert {"reseal", "erase", "set_limits", "adjust"} == OF_COMMANDS


@pytest.mark.parametrize("moment", MOMENTS)
def test_reseal_dies(acme: Client, moment: str) -> None:
    payouts = [acme.create(connector="manual") for _ in range(3)]

    with override_settings(SEALING_KEYS={"k2": NEW, **settings.SEALING_KEYS}):
        assert dies("reseal", at=f"reseal.{moment}")
        keys = {sealing_key_id(payout.details_sealed) for payout in Payout.objects.all()}
        assert keys == ({"k2"} if moment == "after" else {"k1"})
        assert run("reseal").exit_code == 0

    assert {sealing_key_id(payout.details_sealed) for payout in Payout.objects.all()} == {"k2"}
    assert [acme.read(payout["id"]) for payout in payouts] == payouts


@pytest.mark.parametrize("moment", MOMENTS)
def test_erase_dies(acme: Client, superuser: psycopg.Connection, moment: str) -> None:
    payouts = [acme.create(connector="manual")["id"] for _ in range(3)]
    for payout in payouts:
        acme.post(f"{address(payout)}cancel/", {"reason": "Ordered twice"})
    superuser.execute("UPDATE payouts_payout SET finished_at = now() - interval '500 days'")
    arguments = ("erase", "--older-than", "400d", "--yes")

    assert dies(*arguments, at=f"erase.{moment}")
    erased = 3 if moment == "after" else 0
    assert Event.objects.filter(type="payout.erased").count() == erased
    assert Payout.objects.filter(details_sealed=b"", recipient_index=None).count() == erased
    assert run(*arguments).exit_code == 0

    assert {acme.read(payout)["recipient_details"]["kind"] for payout in payouts} == {"erased"}
    assert [acme.read(payout)["version"] for payout in payouts] == [3, 3, 3]


@pytest.mark.parametrize("moment", MOMENTS)
def test_limits_dies(acme: Client, superuser: psycopg.Connection, moment: str) -> None:
    payout = acme.create(connector="manual")["id"]
    superuser.execute("UPDATE payouts_payout SET blockers = '{limit}', ready_at = now() + interval '1 day'")
    arguments = ("limits", "--tenant", "Acme", "--set", "EUR.tenant.day.amount=500")

    assert dies(*arguments, at=f"set_limits.{moment}")
    assert TenantLimit.objects.count() == (1 if moment == "after" else 0)
    assert acme.read(payout)["waiting_for"] == ["limit"]
    assert run(*arguments).exit_code == 0

    assert TenantLimit.objects.get().value == 500
    assert acme.read(payout)["waiting_for"] == []
    told = Event.objects.filter(type="tenant.limits_changed").order_by("sequence").values_list("sequence", flat=True)
    assert list(told) == list(range(2, 2 + len(told)))


@pytest.mark.parametrize("moment", MOMENTS)
def test_adjust_dies(acme: Client, moment: str) -> None:
    named = ("--tenant", "Acme", "--currency", "EUR", "--amount", "5", "--external-id", "a-1")
    arguments = ("adjust", *named, "--reason", "Credited twice")

    assert dies(*arguments, at=f"adjust.{moment}")
    done = moment == "after"
    assert balances(acme.tenant_id) == ({"available": -5, "funding": 5} if done else {})
    assert run(*arguments).exit_code == (1 if done else 0)

    assert balances(acme.tenant_id) == {"available": -5, "funding": 5}
    assert Event.objects.filter(type="account.adjusted").count() == 1
    assert broken() == {}
