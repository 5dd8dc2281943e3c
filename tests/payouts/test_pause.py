"""A person pauses a connector or a tenant: nothing more is sent, and what was sent is still asked after."""

from __future__ import annotations

import psycopg
import pytest
from pytest_django import Settings

from payouts_service.connectors.contract import RejectionCode, rejected, unknown
from payouts_service.events.models import Event
from payouts_service.http.problems import NotFound
from payouts_service.payouts import claims, engine, pausing, release, steps
from payouts_service.payouts.models import Payout, PayoutAttempt
from payouts_service.tenants.models import Tenant
from tests.client import Client, address
from tests.concurrency import at_once, open_transaction
from tests.simulator_process import SimulatorProcess


def pay() -> None:
    engine.pay_ready("simulator", budget_seconds=20)


def test_a_paused_connector_sends_nothing_until_it_is_resumed(
    acme: Client, globex: Client, simulator: SimulatorProcess
) -> None:
    before = acme.create()
    pausing.pause_connector("simulator", reason="The bank maintains its systems")
    after = globex.create()

    pay()

    for client, payout in ((acme, before), (globex, after)):
        told = client.read(payout["id"])
        assert (told["status"], told["waiting_for"]) == ("created", ["paused"])
        assert "The bank maintains" in client.json(client.get(f"{address(payout['id'])}explain/"))["why"]
    assert PayoutAttempt.objects.count() == 0
    pausing.resume_connector("simulator")
    pay()
    assert acme.read(before["id"])["status"] == globex.read(after["id"])["status"] == "completed"


def test_what_was_sent_before_a_pause_is_still_asked_after(acme: Client, settings: Settings) -> None:
    settings.INQUIRY_SECONDS = 0
    acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    pausing.pause_connector("simulator", reason="Maintenance")
    engine.record([(item, unknown("no answer"))])

    [asked] = claims.claim_due("simulator", 1).items

    assert not asked.submits


def test_a_paused_tenant_waits_and_others_do_not(acme: Client, globex: Client, simulator: SimulatorProcess) -> None:
    mine = [acme.create()["id"] for _ in range(3)]
    pausing.pause_tenant(acme.tenant_id, reason="Their office asked for it")
    assert acme.read(mine[0])["waiting_for"] == ["paused"]
    theirs = globex.create()

    pay()

    assert globex.read(theirs["id"])["status"] == "completed"
    assert [acme.read(payout_id)["waiting_for"] for payout_id in mine] == [["paused"]] * 3
    assert Payout.objects.filter(blockers=["paused"]).count() == 3  # Met once, they stand in no claim's way.
    assert acme.patch(address(mine[0]), {"status": "processing"}).status_code == 409
    pausing.resume_tenant(acme.tenant_id)
    assert acme.read(mine[0])["waiting_for"] == []
    pay()
    assert {acme.read(payout_id)["status"] for payout_id in mine} == {"completed"}
    history = Event.objects.filter(data__id=mine[0]).order_by("sequence").values_list("type", flat=True)
    assert list(history) == [
        "payout.created",
        "payout.blocked",
        "payout.released",
        "payout.claimed",
        "payout.completed",
    ]


def test_a_payout_whose_connector_has_left_takes_no_other_ones_hint(acme: Client, settings: Settings) -> None:
    acme.create(connector="instant")
    acme.create()
    pausing.pause_tenant(acme.tenant_id, reason="Fraud is looked into")
    pay()
    settings.CONNECTORS = ["simulator", "manual"]
    reached: list[tuple[str, str]] = []

    steps.watch(lambda name, moment: reached.append((name, moment)))
    try:
        pausing.resume_tenant(acme.tenant_id)
    finally:
        steps.watch(lambda *_: None)

    assert reached.count(("hint", "after")) == 1


def test_a_backlog_of_a_paused_tenant_holds_nobody_up(
    acme: Client, globex: Client, simulator: SimulatorProcess, settings: Settings
) -> None:
    settings.CLAIM_SIZE = 2
    for _ in range(5):
        acme.create()
    theirs = globex.create()
    pausing.pause_tenant(acme.tenant_id, reason="Fraud is looked into")

    pay()

    assert globex.read(theirs["id"])["status"] == "completed"


@pytest.mark.parametrize(("connector", "is_lacking"), [("simulator", "true"), ("instant", "false")])
def test_a_payment_of_a_paused_tenant_is_not_sent_again(
    acme: Client, superuser: psycopg.Connection, connector: str, is_lacking: str
) -> None:
    acme.create(connector=connector)
    claims.claim_payable(connector, 1)
    superuser.execute("UPDATE payouts_payoutattempt SET next_inquiry_at = now(), sends_again = %s", [is_lacking])
    pausing.pause_tenant(acme.tenant_id, reason="Fraud is looked into")

    assert claims.claim_due(connector, 1).items == []

    pausing.resume_tenant(acme.tenant_id)
    [item] = claims.claim_due(connector, 1).items
    assert item.submits


def test_a_pause_waits_for_the_claim_under_way(acme: Client) -> None:
    claims.claim_payable("simulator", 1)
    with open_transaction("SELECT FROM payouts_connectorstate WHERE connector = 'simulator' FOR NO KEY UPDATE"):
        answer = acme.post("/api/tenant/pause/", {"reason": "Fraud is looked into"})

    assert (answer.status_code, acme.json(answer)["retryable"]) == (409, True)


def test_a_long_backlog_is_released_set_by_set(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "_AT_ONCE", 2)
    for _ in range(5):
        acme.create()
    pausing.pause_tenant(acme.tenant_id, reason="Asked for")
    pay()

    pausing.resume_tenant(acme.tenant_id)

    assert Payout.objects.filter(blockers=["paused"]).count() == 3
    release.release_resumed(budget_seconds=10)
    assert Payout.objects.filter(blockers=["paused"]).count() == 0


def test_a_refused_payout_of_a_paused_connector_says_what_it_waits_for(acme: Client) -> None:
    payout = acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    engine.record([(item, rejected(RejectionCode.RECIPIENT_UNREACHABLE))])
    pausing.pause_connector("simulator", reason="The bank maintains its systems")

    told = acme.json(acme.get(f"{address(payout['id'])}explain/"))

    assert "operator resumes" in told["next"]
    assert told["next_at"] is None


def test_a_refused_payout_of_a_paused_tenant_is_not_tried_again(
    acme: Client, superuser: psycopg.Connection, simulator: SimulatorProcess
) -> None:
    payout = acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    engine.record([(item, rejected(RejectionCode.RECIPIENT_UNREACHABLE))])
    superuser.execute("UPDATE payouts_payout SET next_attempt_at = now()")
    pausing.pause_tenant(acme.tenant_id, reason="Fraud is looked into")

    pay()
    assert acme.read(payout["id"])["attempts"] == 1
    pausing.resume_tenant(acme.tenant_id)
    pay()
    assert acme.read(payout["id"])["status"] == "completed"


def test_the_sweep_releases_what_a_crash_of_resume_left_behind(acme: Client, simulator: SimulatorProcess) -> None:
    payout = acme.create()
    pausing.pause_tenant(acme.tenant_id, reason="Asked for")
    pay()
    Tenant.objects.update(paused_at=None)  # Resumed, and the process died before it released anything.
    assert acme.read(payout["id"])["waiting_for"] == ["paused"]

    release.release_resumed(budget_seconds=10)

    assert acme.read(payout["id"])["waiting_for"] == []


def test_a_paused_tenant_is_not_released_by_the_sweep(acme: Client) -> None:
    acme.create()
    pausing.pause_tenant(acme.tenant_id, reason="Asked for")
    pay()

    release.release_resumed(budget_seconds=10)

    assert Payout.objects.get().blockers == ["paused"]


def test_two_who_resume_at_once_release_each_payout_once(acme: Client) -> None:
    for _ in range(20):
        acme.create()
    pausing.pause_tenant(acme.tenant_id, reason="Asked for")
    pay()
    assert Payout.objects.filter(blockers=["paused"]).count() == 20

    at_once(4, lambda _: pausing.resume_tenant(acme.tenant_id))

    assert Payout.objects.filter(blockers=[]).count() == 20
    assert Event.objects.filter(type="payout.released").count() == 20
    assert Event.objects.filter(type="tenant.resumed").count() == 1


def test_the_same_word_again_changes_nothing(acme: Client) -> None:
    pausing.pause_connector("simulator", reason="First")
    pausing.pause_connector("simulator", reason="Second")
    assert pausing.connector_state("simulator").state.pause_reason == "First"
    pausing.pause_tenant(acme.tenant_id, reason="First")
    again = pausing.pause_tenant(acme.tenant_id, reason="Second")
    assert (again.pause_reason, again.version) == ("First", 2)
    assert Event.objects.filter(type="tenant.paused").count() == 1


def test_an_unknown_connector_is_refused(database: None) -> None:
    with pytest.raises(NotFound):
        pausing.pause_connector("nobody", reason="None")


def test_a_payout_may_be_canceled_while_it_is_paused(acme: Client) -> None:
    payout = acme.create()
    pausing.pause_tenant(acme.tenant_id, reason="Asked for")
    pay()

    assert acme.post(f"{address(payout['id'])}cancel/", {"reason": "Not needed"}).status_code == 200
    pausing.resume_tenant(acme.tenant_id)
    assert acme.read(payout["id"])["status"] == "failed"
