"""Whom a finished payout was paid to is erased once it is old enough; what it was about stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from payouts_service.events.models import Event
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.payouts import callbacks, engine, erasure, lifecycle, resealing
from payouts_service.payouts.models import Callback, Payout
from payouts_service.recipients.sealing import seal
from payouts_service.tenants.scopes import Scope
from tests.cli.terminal import run, told
from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.events.history import history
from tests.http.problem_documents import problem
from tests.simulator_process import SimulatorProcess

YEAR = timedelta(days=400)
SEARCH = {"recipient_account": {"kind": "iban", "iban": "DE89370400440532013000"}}
ERASED = {"kind": "erased", "was": "iban"}


def finished(client: Client, superuser: psycopg.Connection, *, days_ago: int = 401, **changes: Any) -> dict[str, Any]:
    """A payout that was canceled so long ago."""
    payout = client.create(**changes)
    client.post(f"{address(payout['id'])}cancel/", {"reason": "Ordered twice"})
    superuser.execute(
        "UPDATE payouts_payout SET finished_at = now() - %s WHERE id = %s",
        [timedelta(days=days_ago), ids.from_text("po", payout["id"])],
    )
    return client.read(payout["id"])


def test_an_old_payout_is_erased_and_says_so(acme: Client, superuser: psycopg.Connection) -> None:
    before = finished(acme, superuser, metadata={"invoice": "42"})

    assert list(erasure.erase(older_than=YEAR)) == [1]

    after = acme.read(before["id"])
    assert after == {
        **before,
        "recipient_details": ERASED,
        "version": before["version"] + 1,
        "updated_at": after["updated_at"],
    }
    [row] = Payout.objects.all()
    assert (bytes(row.details_sealed), row.recipient_index) == (b"", None)
    assert history(before["id"])[-1] == "payout.erased"
    assert Event.objects.get(type="payout.erased").data["recipient_details"] == ERASED
    assert acme.json(acme.get(PAYOUTS))["data"] == [after]
    assert acme.json(acme.post(f"{PAYOUTS}search/", SEARCH))["data"] == []


def test_it_tells_no_more_of_a_payout_to_the_same_account(acme: Client, superuser: psycopg.Connection) -> None:
    first = acme.create()
    old = finished(acme, superuser)
    assert old["possible_duplicate_of"] == first["id"]

    assert list(erasure.erase(older_than=YEAR)) == [1]

    assert acme.read(old["id"])["possible_duplicate_of"] is None
    assert Event.objects.get(type="payout.erased").data["possible_duplicate_of"] is None


def test_what_is_young_or_not_finished_is_left(acme: Client, superuser: psycopg.Connection) -> None:
    young, waiting = finished(acme, superuser, days_ago=399), acme.create()
    superuser.execute("UPDATE payouts_payout SET created_at = now() - interval '3 years'")

    assert list(erasure.erase(older_than=YEAR)) == []

    assert [acme.read(payout["id"])["recipient_details"]["kind"] for payout in (young, waiting)] == ["iban", "iban"]


def test_a_payout_that_is_still_to_be_paid_is_never_erased(acme: Client) -> None:
    acme.create()
    with pytest.raises(lifecycle.StaleTransition):
        lifecycle.erase(list(Payout.objects.all()), at=utc_now())
    assert bytes(Payout.objects.get().details_sealed) != b""


def test_the_key_still_makes_no_second_payout(acme: Client, superuser: psycopg.Connection) -> None:
    first = acme.json(acme.post(PAYOUTS, IBAN_PAYOUT, Idempotency_Key="k-1"))
    acme.post(f"{address(first['id'])}cancel/", {"reason": "Ordered twice"})
    superuser.execute("UPDATE payouts_payout SET finished_at = now() - interval '500 days'")
    list(erasure.erase(older_than=YEAR))

    again = acme.post(PAYOUTS, IBAN_PAYOUT, Idempotency_Key="k-1")

    assert (again.status_code, acme.json(again)["id"], again["Idempotent-Replayed"]) == (201, first["id"], "true")
    problem(acme.post(PAYOUTS, {**IBAN_PAYOUT, "amount": "1.00"}, Idempotency_Key="k-1"), 422, "idempotency-key-reused")


def test_the_bodies_of_its_callbacks_go_and_others_stay(
    acme: Client, superuser: psycopg.Connection, simulator: SimulatorProcess
) -> None:
    payout = acme.create()
    engine.pay_ready("simulator", budget_seconds=20)
    [attempt] = acme.json(acme.get(f"{address(payout['id'])}attempts/"))["data"]
    superuser.execute("UPDATE payouts_payout SET finished_at = now() - interval '500 days'")
    for reference in (attempt["reference"], "another"):
        row_id = ids.new_id()
        Callback.objects.create(
            id=row_id,
            connector="simulator",
            event_id=reference,
            reference=reference,
            outcome="confirmed",
            body_sealed=seal({"body": "{}"}, row_id=row_id, column=callbacks.SEALED_COLUMN),
            received_at=utc_now(),
        )

    list(erasure.erase(older_than=YEAR))

    kept = {row.reference for row in Callback.objects.all() if bytes(row.body_sealed)}
    assert kept == {"another"}
    told = callbacks.replay(connector=None, since=None, event_id=attempt["reference"])
    assert list(told) == []
    assert acme.read(payout["id"])["status"] == "completed"
    assert resealing.left() == 0


def test_callbacks_that_nobody_understood_go_at_the_same_age(acme: Client) -> None:
    for days in (500, 1):
        row_id = ids.new_id()
        Callback.objects.create(
            id=row_id,
            connector="simulator",
            event_id=f"of {days} days ago",
            reference=callbacks.NOT_UNDERSTOOD,
            outcome=callbacks.NOT_UNDERSTOOD,
            body_sealed=seal({"body": "{}"}, row_id=row_id, column=callbacks.SEALED_COLUMN),
            received_at=utc_now() - timedelta(days=days),
        )

    list(erasure.erase(older_than=YEAR))

    assert [row.event_id for row in Callback.objects.exclude(body_sealed=b"")] == ["of 1 days ago"]


def test_the_command_counts_first_and_erases_when_told(acme: Client, superuser: psycopg.Connection) -> None:
    payout = finished(acme, superuser)

    dry = run("erase", "--older-than", "400d")
    assert dry.stdout == "1 payouts would be erased. Nothing was; repeat it with --yes.\n"
    assert acme.read(payout["id"]) == payout
    assert told("erase", "--older-than", "400d", "--yes") == {"found": 1, "erased": 1}
    assert run("erase", "--older-than", "400d", "--yes").stdout == "0 payouts erased.\n"
    assert Event.objects.get(type="payout.erased").actor_type == "command"


@pytest.mark.parametrize("age", ["400", "31d", "-1d", "4e2d", "d", ""])
def test_an_age_that_is_none_is_wrong_usage(database: None, age: str) -> None:
    refused = run("erase", "--older-than", age, "--yes")

    assert refused.exit_code == 2
    assert "Give the age in days, at least 32d." in refused.stderr


def test_erased_details_are_not_revealed(acme: Client, superuser: psycopg.Connection) -> None:
    payout = finished(acme, superuser)
    list(erasure.erase(older_than=YEAR))

    answer = acme.with_scopes(Scope).get(f"{address(payout['id'])}?reveal=recipient_details")

    problem(answer, 410, "details-erased")
