"""The sealing key is changed while payouts flow: nothing becomes unreadable, and the old key can be removed."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
from pytest_django import Settings

from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.payouts import attempts, callbacks, claims, engine, resealing
from payouts_service.payouts.models import Callback, Payout
from payouts_service.recipients.sealing import CannotOpen, open_sealed, seal, sealing_key_id
from tests.cli.terminal import run, told
from tests.client import Client
from tests.concurrency import at_once
from tests.simulator_process import SimulatorProcess

NEW = bytes(range(32, 64))
DETAILS = {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"}


@pytest.fixture
def old(settings: Settings) -> dict[str, bytes]:
    keys: dict[str, bytes] = settings.SEALING_KEYS
    return keys


def reseal() -> resealing.Resealed:
    done = resealing.Resealed()
    assert sum(resealing.reseal(done)) >= done.resealed
    return done


def keys_in_use() -> set[str]:
    return {sealing_key_id(payout.details_sealed) for payout in Payout.objects.all()}


def a_callback() -> Callback:
    row_id = ids.new_id()
    sealed = seal({"body": "{}"}, row_id=row_id, column=callbacks.SEALED_COLUMN)
    return Callback.objects.create(
        id=row_id,
        connector="simulator",
        event_id=str(row_id),
        reference="none",
        outcome="accepted",
        body_sealed=sealed,
        received_at=utc_now(),
    )


def swap(superuser: psycopg.Connection, one: str, other: str) -> list[UUID]:
    rows = [row for payout_id in (one, other) if (row := ids.from_text("po", payout_id))]
    superuser.execute(
        "UPDATE payouts_payout AS p SET details_sealed = o.details_sealed FROM payouts_payout AS o"
        " WHERE p.id = ANY(%(rows)s) AND o.id = ANY(%(rows)s) AND p.id <> o.id",
        {"rows": rows},
    )
    return rows


def test_a_key_is_changed_while_payouts_flow(
    acme: Client, simulator: SimulatorProcess, settings: Settings, old: dict[str, bytes]
) -> None:
    for _ in range(150):
        acme.create()
    settings.SEALING_KEYS = {"k2": NEW, **old}

    def act(number: int) -> None:
        if number == 0:
            reseal()
        elif number == 1:
            engine.pay_ready("simulator", budget_seconds=60)
        else:
            for _ in range(10):
                payout = acme.create()
                acme.patch(f"/api/payouts/{payout['id']}/", {"comment": "Changed meanwhile"})

    at_once(4, act)

    assert resealing.values_by_key() == {"k2": 170, "k1": 0}
    settings.SEALING_KEYS = {"k2": NEW}
    for payout in Payout.objects.all():
        plain = open_sealed(payout.details_sealed, row_id=payout.id, column=attempts.SEALED_COLUMN)
        assert plain == DETAILS
    engine.pay_ready("simulator", budget_seconds=60)
    assert set(Payout.objects.values_list("status", flat=True)) == {"completed"}
    assert Payout.objects.filter(comment="Changed meanwhile").count() == 20


def test_callbacks_are_sealed_anew_too(acme: Client, settings: Settings, old: dict[str, bytes]) -> None:
    kept = a_callback()
    settings.SEALING_KEYS = {"k2": NEW, **old}

    assert reseal().resealed == 1

    settings.SEALING_KEYS = {"k2": NEW}
    kept.refresh_from_db()
    assert open_sealed(kept.body_sealed, row_id=kept.id, column=callbacks.SEALED_COLUMN) == {"body": "{}"}


def test_it_goes_on_where_it_was_interrupted(acme: Client, settings: Settings, old: dict[str, bytes]) -> None:
    for _ in range(230):
        acme.create(connector="manual")
    settings.SEALING_KEYS = {"k2": NEW, **old}
    first = resealing.Resealed()
    assert next(resealing.reseal(first)) == 100
    assert (first.resealed, resealing.left(), keys_in_use()) == (100, 130, {"k1", "k2"})

    second = reseal()

    assert (second.resealed, resealing.left(), keys_in_use()) == (130, 0, {"k2"})
    assert reseal() == resealing.Resealed()


def test_swapped_values_are_refused_and_left_as_they_are(
    acme: Client, superuser: psycopg.Connection, settings: Settings, old: dict[str, bytes]
) -> None:
    payouts = [acme.create()["id"] for _ in range(3)]
    swapped = swap(superuser, *payouts[:2])
    before = dict(Payout.objects.values_list("id", "details_sealed"))
    settings.SEALING_KEYS = {"k2": NEW, **old}

    done = reseal()

    assert sorted(done.unreadable) == sorted(map(str, swapped))
    assert done.resealed == 1
    assert all(Payout.objects.get(id=row).details_sealed == before[row] for row in swapped)
    for item in claims.claim_payable("simulator", 3).items:
        if item.attempt.payout_id in swapped:
            with pytest.raises(CannotOpen):
                engine.instruction(item)


def test_rows_of_an_earlier_release_get_their_blind_index(acme: Client, superuser: psycopg.Connection) -> None:
    payout = acme.create()
    superuser.execute("UPDATE payouts_payout SET recipient_index = NULL")
    search = {"recipient_account": {"kind": "iban", "iban": DETAILS["iban"]}}
    assert acme.json(acme.post("/api/payouts/search/", search))["data"] == []

    done = reseal()

    assert (done.resealed, done.indexed) == (0, 1)
    assert acme.json(acme.post("/api/payouts/search/", search))["data"] == [payout]
    assert acme.read(payout["id"])["version"] == 1


def test_the_command_says_whether_the_old_key_can_be_removed(
    acme: Client, settings: Settings, old: dict[str, bytes]
) -> None:
    acme.create()
    a_callback()
    settings.SEALING_KEYS = {**old, "k2": NEW}
    before = run("reseal")
    assert before.stdout.splitlines()[1:] == [
        "k2 holds nothing: once every process runs with k1 in front, remove it from SEALING_KEYS."
    ]

    settings.SEALING_KEYS = {"k2": NEW, **old}
    after = run("reseal")

    assert after.stdout.splitlines() == [
        "2 sealed anew with k2, 0 blind indexes filled in.",
        "k1 holds nothing: once every process runs with k2 in front, remove it from SEALING_KEYS.",
    ]
    settings.SEALING_KEYS = {"k2": NEW}
    assert told("reseal") == {
        "resealed": 0,
        "indexed": 0,
        "unreadable": [],
        "values_by_key": {"k2": 2},
        "removable_keys": [],
    }


def test_the_command_fails_where_a_value_does_not_open(
    acme: Client, superuser: psycopg.Connection, settings: Settings, old: dict[str, bytes]
) -> None:
    swap(superuser, acme.create()["id"], acme.create()["id"])
    settings.SEALING_KEYS = {"k2": NEW, **old}

    outcome = run("reseal")

    assert outcome.exit_code == 1
    assert "k1 holds 2 values: keep it." in outcome.stdout
    assert "2 values do not open" in outcome.stderr
    assert "DE89" not in outcome.output
