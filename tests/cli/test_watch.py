"""`payouts watch` shows all tenants at a glance, once for programs, again and again for people."""

from __future__ import annotations

from payouts_service.payouts import engine
from payouts_service.payouts.models import PayoutAttempt
from tests.cli.terminal import at_a_screen, run, told
from tests.client import Client
from tests.simulator_process import SimulatorProcess


def test_it_counts_and_names_what_needs_a_person(acme: Client, globex: Client, simulator: SimulatorProcess) -> None:
    acme.create(metadata={"simulator": "error_for_ever:hide:86400"})
    engine.pay_ready("simulator", budget_seconds=20)
    newest = globex.create(connector="manual")["id"]
    run("pause", "--connector", "simulator", "--reason", "The bank maintains its systems")

    glance = told("watch")

    counted = {(row["connector"], row["state"]): row["number"] for row in glance["unfinished"]}
    assert counted == {("manual", "for_people"): 1, ("simulator", "unknown"): 1}
    assert glance["newest"][0]["id"] == newest
    assert glance["claimed_today"] == [{"currency": "EUR", "payouts": 1, "amount": "150.00"}]
    needs = "\n".join(glance["needs_a_person"])
    assert "simulator: 1 of unknown outcome" in needs
    assert "manual: 1 waiting until a person pays them" in needs
    assert "The bank maintains its systems" in needs


def test_what_nobody_asks_about_any_more_is_named(acme: Client, simulator: SimulatorProcess) -> None:
    acme.create(metadata={"simulator": "error_for_ever:hide:86400"})
    engine.pay_ready("simulator", budget_seconds=20)
    assert "parked" not in run("watch").output

    PayoutAttempt.objects.update(next_inquiry_at=None, lease_until=None)

    assert "parked: 1; decide each (payouts settle)" in run("watch").output


def test_what_waits_is_counted_by_what_it_waits_for(acme: Client, simulator: SimulatorProcess) -> None:
    run("accounts", "set-policy", "--tenant", "Acme", "--currency", "EUR", "--prefunded")
    acme.create()
    engine.pay_ready("simulator", budget_seconds=20)

    assert told("watch")["waiting_for"] == {"funds": 1}
    assert "waits for funds" in run("watch").output


def test_away_from_a_screen_it_looks_once_in_plain_text(acme: Client) -> None:
    payout = acme.create(connector="manual")["id"]

    outcome = run("watch")

    assert outcome.exit_code == 0
    assert payout in outcome.output
    assert "\x1b" not in outcome.output


def test_on_a_screen_it_looks_again_until_it_is_told_to_stop(acme: Client) -> None:
    payout = acme.create(connector="manual")["id"]

    shown, code = at_a_screen("watch", "--every", "0.2", until=payout)

    assert (code, "Traceback" in shown, "\x1b[" in shown) == (0, False, True)


def test_no_colour_is_shown_where_none_is_wanted(acme: Client) -> None:
    asked = ("keys", "list", "--tenant", "Acme")

    assert "\x1b[1m" in at_a_screen(*asked, until="first key")[0]
    assert "\x1b[1m" not in at_a_screen(*asked, until="first key", NO_COLOR="1")[0]
