"""`payouts limits` shows the limits on payouts, agrees on others, and says what was done."""

from __future__ import annotations

import pytest

from payouts_service.kit.limits import parse_limits
from payouts_service.payouts import claims, tenant_limits
from tests.cli.terminal import run, told
from tests.client import Client


def test_it_agrees_on_limits_and_shows_them(acme: Client) -> None:
    both = ("--set", "EUR.tenant.day.amount=50000.50", "--set", "EUR.payout=none")

    shown = {"limits": {"EUR.tenant.day.amount": "50000.5"}, "released": 0}
    assert told("limits", "--tenant", "Acme", *both) == shown
    assert told("limits", "--tenant", "Acme") == shown
    lines = run("limits", "--tenant", "Acme").stdout.splitlines()
    assert [line.split() for line in lines[1:]] == [["EUR.tenant.day.amount", "50000.5"]], "and nothing was released"


def test_it_says_what_there_is_and_what_was_done(acme: Client) -> None:
    tenant_limits.set_limits(acme.tenant_id, dict(parse_limits("EUR.tenant.day.count=1")))
    for _ in range(2):
        acme.create(amount="1.00", connector="instant")
    claims.claim_payable("instant", 2)

    def said(*arguments: str) -> list[str]:
        return run("limits", *arguments).stdout.splitlines()

    assert said() == ["There are no limits."]
    assert said("--release") == ["There are no limits.", "No payout that waits fits in now."]
    raised = said("--tenant", "Acme", "--set", "EUR.tenant.day.count=none")
    assert raised[-2:] == ["The limits of Acme are changed.", "Of those that waited, 1 go on."]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--set", "EUR.payout=1"), "Give --tenant"),
        (("--tenant", "Acme", "--set", "EUR.payout=x"), "needs a number"),
        (("--tenant", "Acme", "--set", "EUR.tenant.week.amount=1"), "is no limit"),
        (("--tenant", "Acme", "--set", "ZZZ.payout=1"), "is no limit"),
        (("--tenant", "Acme", "--set", "EUR.tenant.day.count=1.5"), "a whole one"),
        (("--tenant", "Acme", "--set", "EUR.tenant.day.count=0"), "pause the tenant"),
        (("--tenant", "Acme", "--set", "EUR.payout=0.00"), "pause the tenant"),
    ],
)
def test_what_is_no_limit_is_wrong_usage(acme: Client, arguments: tuple[str, ...], hint: str) -> None:
    refused = run("limits", *arguments)

    assert (refused.exit_code, hint in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--tenant", "Acme", "--set", "ISK.payout=1"), "The service does not accept ISK; use one of "),
        (("--tenant", "Acmee", "--set", "EUR.payout=1"), "There is no tenant of this name; use one of Acme."),
    ],
)
def test_a_name_that_there_is_not_is_refused(acme: Client, arguments: tuple[str, ...], sentence: str) -> None:
    refused = run("limits", *arguments)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Error: {sentence}")
