"""Wherever an operator's command dies, what it had done whole stays done, and another run does the rest."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Mapping

import psycopg
import pytest
from django.conf import settings

from payouts_service.events.models import Event
from payouts_service.payouts.models import Payout, TenantLimit
from payouts_service.payouts.steps import OF_COMMANDS
from payouts_service.recipients.sealing import sealing_key_id
from tests.audit.stories import broken
from tests.client import Client, address
from tests.ledger.money import balances

NEW = base64.b64encode(bytes(range(32, 64))).decode()
MOMENTS = ("before", "inside", "after")


def run(environment: Mapping[str, str], *arguments: str, crash_at: str = "nowhere") -> int:
    command = [sys.executable, "-m", "tests.crashes.armed_command", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment}
    return subprocess.run(
        command, env={**environment, "CRASH_AT": crash_at}, check=False, stdout=subprocess.DEVNULL
    ).returncode


def test_every_step_of_a_command_has_its_story_here() -> None:
    assert {"reseal", "erase", "set_limits", "adjust"} == OF_COMMANDS


@pytest.mark.parametrize("moment", MOMENTS)
def test_reseal_dies(acme: Client, moment: str) -> None:
    payouts = [acme.create(connector="manual") for _ in range(3)]
    old = base64.b64encode(settings.SEALING_KEYS["k1"]).decode()
    environment = {"SEALING_KEYS": f"k2:{NEW},k1:{old}"}

    assert run(environment, "reseal", crash_at=f"reseal.{moment}") == -signal.SIGKILL
    keys = {sealing_key_id(payout.details_sealed) for payout in Payout.objects.all()}
    assert keys == ({"k2"} if moment == "after" else {"k1"})
    assert run(environment, "reseal") == 0

    assert {sealing_key_id(payout.details_sealed) for payout in Payout.objects.all()} == {"k2"}
    assert [acme.read(payout["id"]) for payout in payouts] == payouts


@pytest.mark.parametrize("moment", MOMENTS)
def test_erase_dies(acme: Client, superuser: psycopg.Connection, moment: str) -> None:
    payouts = [acme.create(connector="manual")["id"] for _ in range(3)]
    for payout in payouts:
        acme.post(f"{address(payout)}cancel/", {"reason": "Ordered twice"})
    superuser.execute("UPDATE payouts_payout SET finished_at = now() - interval '500 days'")
    arguments = ("erase", "--older-than", "400d", "--yes")

    assert run({}, *arguments, crash_at=f"erase.{moment}") == -signal.SIGKILL
    erased = 3 if moment == "after" else 0
    assert Event.objects.filter(type="payout.erased").count() == erased
    assert Payout.objects.filter(details_sealed=b"", recipient_index=None).count() == erased
    assert run({}, *arguments) == 0

    assert {acme.read(payout)["recipient_details"]["kind"] for payout in payouts} == {"erased"}
    assert [acme.read(payout)["version"] for payout in payouts] == [3, 3, 3]


@pytest.mark.parametrize("moment", MOMENTS)
def test_limits_dies(acme: Client, superuser: psycopg.Connection, moment: str) -> None:
    payout = acme.create(connector="manual")["id"]
    superuser.execute("UPDATE payouts_payout SET blockers = '{limit}', ready_at = now() + interval '1 day'")
    arguments = ("limits", "--tenant", "Acme", "--set", "EUR.tenant.day.amount=500")

    assert run({}, *arguments, crash_at=f"set_limits.{moment}") == -signal.SIGKILL
    assert TenantLimit.objects.count() == (1 if moment == "after" else 0)
    assert acme.read(payout)["waiting_for"] == ["limit"]
    assert run({}, *arguments) == 0

    assert TenantLimit.objects.get().value == 500
    assert acme.read(payout)["waiting_for"] == []
    told = Event.objects.filter(type="tenant.limits_changed").order_by("sequence").values_list("sequence", flat=True)
    assert list(told) == list(range(2, 2 + len(told)))


@pytest.mark.parametrize("moment", MOMENTS)
def test_adjust_dies(acme: Client, moment: str) -> None:
    named = ("--tenant", "Acme", "--currency", "EUR", "--amount", "5", "--external-id", "a-1")
    arguments = ("adjust", *named, "--reason", "Credited twice")

    assert run({}, *arguments, crash_at=f"adjust.{moment}") == -signal.SIGKILL
    done = moment == "after"
    assert balances(acme.tenant_id) == ({"available": -5, "funding": 5} if done else {})
    assert run({}, *arguments) == (1 if done else 0)

    assert balances(acme.tenant_id) == {"available": -5, "funding": 5}
    assert Event.objects.filter(type="account.adjusted").count() == 1
    assert broken() == {}
