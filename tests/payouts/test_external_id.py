"""A tenant's own id names at most one payout."""

from __future__ import annotations

from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.concurrency import at_once
from tests.http.problem_documents import problem


def test_the_second_payout_with_it_is_refused_and_the_first_is_named(acme: Client) -> None:
    first = acme.create(external_id="invoice-42")

    again = problem(acme.post(PAYOUTS, {**IBAN_PAYOUT, "external_id": "invoice-42"}), 409, "external-id-taken")

    assert again["payout_id"] == first["id"]


def test_another_tenant_may_use_the_same(acme: Client, globex: Client) -> None:
    assert acme.create(external_id="42")["id"] != globex.create(external_id="42")["id"]


def test_the_payout_is_found_by_it(acme: Client, globex: Client) -> None:
    payout = acme.create(external_id="invoice-42")
    acme.create(external_id="invoice-43")

    assert acme.json(acme.get(f"{PAYOUTS}?external_id=invoice-42"))["data"] == [payout]
    assert globex.json(globex.get(f"{PAYOUTS}?external_id=invoice-42"))["data"] == []


def test_it_is_free_again_once_the_payout_is_deleted(acme: Client) -> None:
    first = acme.create(external_id="invoice-42")
    acme.delete(address(first["id"]))

    assert acme.create(external_id="invoice-42")["id"] != first["id"]


def test_of_many_requests_at_once_one_wins(acme: Client) -> None:
    body = {**IBAN_PAYOUT, "external_id": "invoice-42", "connector": "manual"}

    answers = at_once(16, lambda _: Client(acme.key).post(PAYOUTS, body))

    [winner] = [acme.json(answer) for answer in answers if answer.status_code == 201]
    losers = [answer for answer in answers if answer.status_code != 201]
    assert {problem(loser, 409, "external-id-taken")["payout_id"] for loser in losers} == {winner["id"]}
