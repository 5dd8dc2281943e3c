"""Creates that a process is asked for at one moment share a statement, and each is answered as if it were alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Final

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpResponse

from payouts_service.events.models import Event
from payouts_service.idempotency.models import IdempotencyKey
from payouts_service.payouts import lifecycle, pausing
from payouts_service.payouts.models import Payout
from tests.client import IBAN_PAYOUT, PAYOUTS, Client
from tests.concurrency import open_transaction
from tests.events.history import history
from tests.eventually import eventually
from tests.http.problem_documents import problem

Create = Callable[[], HttpResponse]


@contextmanager
def begun_in_one_set(creates: Sequence[Create]) -> Iterator[list[Future[HttpResponse]]]:
    """The answers to be of creates that all come while another set is being written."""
    group = lifecycle._creates  # noqa: SLF001 - holds it up, until all have come.

    def answered(create: Create) -> HttpResponse:
        try:
            return create()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(creates)) as threads:
        with group._writing:  # noqa: SLF001 - as above.
            futures = [threads.submit(answered, create) for create in creates]
            eventually(lambda: len(group._next.items) == len(creates))  # noqa: SLF001 - as above.
        yield futures


def in_one_set(creates: Sequence[Create]) -> list[HttpResponse]:
    """The answers of creates that all come while another set is being written."""
    with begun_in_one_set(creates) as futures:
        return [future.result() for future in futures]


def create(client: Client, number: int, **more: str) -> Create:
    """A create with a key and an amount of its own."""
    body = {**IBAN_PAYOUT, "amount": f"{number}.00", **more}
    return lambda: Client(client.key).post(PAYOUTS, body, Idempotency_Key=f"key-{number}")


def test_each_is_answered_with_its_own_payout(acme: Client, globex: Client) -> None:
    clients = [acme, globex, acme, globex, acme]

    answers = in_one_set([create(client, number) for number, client in enumerate(clients, start=1)])

    told = [client.json(answer) for client, answer in zip(clients, answers, strict=True)]
    assert [answer.status_code for answer in answers] == [201] * 5
    assert [one["amount"] for one in told] == [f"{number}.00" for number in range(1, 6)]
    assert len({one["created_at"] for one in told}) == 1
    for client, one in zip(clients, told, strict=True):
        assert client.read(one["id"]) == one
        assert history(one["id"]) == ["payout.created"]
    assert {len(client.json(client.get(PAYOUTS))["data"]) for client in (acme, globex)} == {2, 3}


def test_a_key_that_comes_twice_makes_one_payout(acme: Client) -> None:
    answers = in_one_set([create(acme, 1), create(acme, 2), create(acme, 1)])

    first, other, again = (acme.json(answer) for answer in answers)
    assert first == again
    assert other["id"] != first["id"]
    assert sorted("Idempotent-Replayed" in answer for answer in answers) == [False, False, True]
    assert Payout.objects.count() == 2


def test_one_that_is_refused_takes_no_other_with_it_and_leaves_no_trace(acme: Client) -> None:
    acme.create(external_id="taken")

    answers = in_one_set([create(acme, 1), create(acme, 2, external_id="taken"), create(acme, 3)])

    problem(answers[1], 409, "external-id-taken")
    for answer in (answers[0], answers[2]):
        assert history(acme.json(answer)["id"]) == ["payout.created"]
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"key-1", "key-3"}
    assert Payout.objects.count() == 3


def test_one_external_id_in_one_set_makes_one_payout(acme: Client) -> None:
    answers = in_one_set([create(acme, number, external_id="mine") for number in (1, 2, 3)])

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert Payout.objects.count() == 1


def test_a_paused_tenants_payout_waits_and_anothers_does_not(acme: Client, globex: Client) -> None:
    pausing.pause_tenant(acme.tenant_id, reason="Their office asked for it")

    paused, other = in_one_set([create(acme, 1), create(globex, 2)])

    assert acme.json(paused)["waiting_for"] == ["paused"]
    assert globex.json(other)["waiting_for"] == []


HOLD: Final = """
INSERT INTO idempotency_idempotencykey (tenant_id, operation, key, fingerprint, object_id, created_at)
VALUES (%s, 'payouts.create', 'key-2', '', gen_random_uuid(), now())
"""


def test_a_key_that_is_held_elsewhere_is_refused_alone(acme: Client) -> None:
    with open_transaction(HOLD, acme.tenant_id):
        answers = in_one_set([create(acme, number) for number in (1, 2, 3)])

    problem(answers[1], 409, "idempotency-key-in-use")
    assert [answers[0].status_code, answers[2].status_code] == [201, 201]


def test_a_key_that_is_held_elsewhere_holds_up_no_other(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one alone waits for it without end."""
    patient = "-c lock_timeout=0 -c statement_timeout=0"
    monkeypatch.setitem(connections.settings[DEFAULT_DB_ALIAS]["OPTIONS"], "options", patient)

    with ExitStack() as stack:
        with open_transaction(HOLD, acme.tenant_id):
            creates = [create(acme, number) for number in (1, 2, 3)]
            first, held, last = stack.enter_context(begun_in_one_set(creates))
            eventually(lambda: first.done() and last.done())
            assert not held.done()
        answers = [future.result() for future in (first, held, last)]  # Nobody holds it any more.

    assert [answer.status_code for answer in answers] == [201, 201, 201]


def test_two_of_the_same_amount_to_the_same_account_are_told_apart(acme: Client) -> None:
    def same(key: str) -> Create:
        return lambda: Client(acme.key).post(PAYOUTS, IBAN_PAYOUT, Idempotency_Key=key)

    told = [acme.json(answer) for answer in in_one_set([same("a"), same("b"), same("a"), create(acme, 7)])]

    first, second, again, other = (one["possible_duplicate_of"] for one in told)
    assert again == first
    ids = {told[0]["id"], told[1]["id"]}
    assert sorted([first or "", second or ""]) == ["", min(ids)]
    assert other is None
    events = Event.objects.filter(type="payout.created").values_list("data__possible_duplicate_of", flat=True)
    assert sorted(event or "" for event in events) == ["", "", min(ids)]
