"""The comment and the metadata change at any time, whole or not at all; If-Match guards against a lost update."""

from __future__ import annotations

from typing import Any

import pytest

from payouts_service.payouts import claims, engine
from tests.client import Client, address
from tests.events.history import events_of, history
from tests.http.problem_documents import problem, wrong_fields


def test_one_change_makes_one_version_and_one_event(acme: Client) -> None:
    payout = acme.create(metadata={"a": "1", "b": "2"})

    response = acme.patch(address(payout["id"]), {"comment": "New", "metadata": {"c": "3"}})

    changed = acme.json(response)
    assert changed == {
        **payout,
        "comment": "New",
        "metadata": {"c": "3"},
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > payout["updated_at"]
    assert history(payout["id"]) == ["payout.created", "payout.updated"]
    assert events_of(payout["id"])[-1].data == changed == acme.read(payout["id"])


@pytest.mark.parametrize("body", [{}, {"comment": "Same"}, {"metadata": {"k": "v"}}, {"status": "created"}])
def test_what_is_already_so_changes_nothing(acme: Client, body: dict[str, Any]) -> None:
    payout = acme.create(comment="Same", metadata={"k": "v"})

    assert acme.json(acme.patch(address(payout["id"]), body)) == payout
    assert history(payout["id"]) == ["payout.created"]


def test_empty_is_not_absent(acme: Client) -> None:
    payout = acme.create(comment="Old", metadata={"k": "v"})

    changed = acme.json(acme.patch(address(payout["id"]), {"comment": "", "metadata": {}}))

    assert (changed["comment"], changed["metadata"]) == ("", {})


def test_a_move_and_an_edit_together_are_one_change(acme: Client) -> None:
    payout = acme.create(connector="manual")

    changed = acme.json(acme.patch(address(payout["id"]), {"status": "processing", "comment": "Mine"}))

    assert (changed["status"], changed["comment"], changed["version"]) == ("processing", "Mine", 2)
    assert history(payout["id"]) == ["payout.created", "payout.claimed"]


def test_an_edit_beside_a_refused_move_is_not_made(acme: Client) -> None:
    payout = acme.create(connector="manual")

    problem(acme.patch(address(payout["id"]), {"status": "completed", "comment": "New"}), 409, "invalid-transition")

    assert acme.read(payout["id"]) == payout


def test_the_comment_changes_while_a_connector_pays_and_after_the_end(acme: Client) -> None:
    payout = acme.create(connector="instant")
    claims.claim_payable("instant", 1)
    assert acme.json(acme.patch(address(payout["id"]), {"comment": "In flight"}))["comment"] == "In flight"

    other = acme.create(connector="instant")
    engine.pay_ready("instant", budget_seconds=10)
    assert acme.read(other["id"])["status"] == "completed"
    assert acme.json(acme.patch(address(other["id"]), {"comment": "Done"}))["comment"] == "Done"


@pytest.mark.parametrize(
    "body",
    [
        {"comment": None},
        {"comment": 5},
        {"comment": "x" * 1001},
        {"comment": "4111111111111111"},
        {"metadata": None},
        {"metadata": {"k": 5}},
        {"metadata": {str(number): "x" for number in range(51)}},
        {"reason": None},
        {"evidence": None},
        {"failure_code": None},
        {"version": 7},
        {"currency": "EUR"},
    ],
    ids=lambda body: next(iter(body)),
)
def test_a_wrong_field_is_named_and_nothing_changes(acme: Client, body: dict[str, Any]) -> None:
    payout = acme.create()

    fields = wrong_fields(acme.patch(address(payout["id"]), body))

    assert {field.split(".")[0] for field in fields} == set(body)
    assert acme.read(payout["id"]) == payout


def test_the_etag_of_a_read_lets_the_change_through(acme: Client) -> None:
    payout = acme.create()
    tag = acme.get(address(payout["id"]))["ETag"]

    response = acme.patch(address(payout["id"]), {"comment": "New"}, If_Match=tag)

    assert response.status_code == 200
    assert response["ETag"] == acme.get(address(payout["id"]))["ETag"] != tag


@pytest.mark.parametrize("tags", ['"1"', 'W/"2"', "2", '"3", "4"', "", "garbage", '"2'])
def test_a_stale_or_malformed_etag_refuses_the_change(acme: Client, tags: str) -> None:
    payout = acme.create()
    acme.patch(address(payout["id"]), {"comment": "Mine"})

    response = acme.patch(address(payout["id"]), {"comment": "Yours"}, If_Match=tags)

    assert problem(response, 412, "precondition-failed")["current_etag"] == '"2"'
    assert acme.read(payout["id"])["comment"] == "Mine"


@pytest.mark.parametrize("tags", ['"1"', '"7", "1"', "*"])
def test_any_of_several_etags_is_enough(acme: Client, tags: str) -> None:
    payout = acme.create()

    assert acme.patch(address(payout["id"]), {"comment": "New"}, If_Match=tags).status_code == 200
