"""The hot paths say little to PostgreSQL: in a benchmark noise hides a round trip, here it does not."""

from __future__ import annotations

import pytest

from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.wire import Talk, overheard


def _create(client: Client, key: str) -> Talk:
    with overheard() as talk:
        assert client.post(PAYOUTS, IBAN_PAYOUT, Idempotency_Key=key).status_code == 201
    return talk


def _read(client: Client, path: str) -> Talk:
    with overheard() as talk:
        assert client.get(path).status_code == 200
    return talk


def test_a_create_asks_who_calls_and_writes_all_it_writes_in_one_more_statement(acme: Client) -> None:
    for key in ("1", "2"):  # At first each statement is parsed, and the key's use is noted.
        _create(acme, key)

    talk = _create(acme, "3")

    assert (talk.statements, talk.round_trips, talk.parsed) == (2, 2, 0)


def test_a_create_without_a_key_costs_no_more(acme: Client) -> None:
    for _ in range(2):
        acme.create()

    with overheard() as talk:
        acme.create()

    assert (talk.statements, talk.round_trips, talk.parsed) == (2, 2, 0)


def test_a_replay_asks_for_the_key_and_for_the_payout_besides(acme: Client) -> None:
    for _ in range(2):
        _create(acme, "1")

    talk = _create(acme, "1")

    assert (talk.statements, talk.round_trips) == (4, 4)


@pytest.mark.parametrize("query", ["", "?limit=2", "?status=created", "?status=created&status=failed"])
def test_a_page_is_one_statement_for_its_payouts_and_one_for_what_holds_them(acme: Client, query: str) -> None:
    for number in range(5):
        acme.create(external_id=str(number))
    _read(acme, PAYOUTS)

    talk = _read(acme, PAYOUTS + query)

    assert (talk.statements, talk.round_trips) == (3, 3)


def test_a_single_payout_is_one_statement(acme: Client) -> None:
    path = address(acme.create()["id"])
    _read(acme, path)

    talk = _read(acme, path)

    assert (talk.statements, talk.round_trips, talk.parsed) == (2, 2, 0)
